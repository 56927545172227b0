"""Pure functions on arrays.

Modules use `import scipy` and `scipy.signal.x`: SciPy then loads its slow parts at their first use, and a
stage whose rows are all cached never loads them.
"""
