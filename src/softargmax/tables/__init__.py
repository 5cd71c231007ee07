"""Files in, features out: reading tables, knowing their columns, writing predictions. Needs pyarrow."""
