"""Pure functions on arrays.

They say `import scipy` and then `scipy.signal.x`, as SciPy loads its parts when they are first used: a stage
that finds all rows known never needs them, and they take as long to load as all else together.
"""
