"""Opening files of others: JSON, YAML, NPZ and HDF5, each by one guarded opener whose faults are one sentence."""
