"""Signal processing: pure functions on arrays.

Modules write `import scipy` and `scipy.signal.x`, because SciPy then loads its slow parts at their first use:
a stage whose rows are all cached never loads them.
"""
