"""The secret half of MLS (RFC 9420), for clients only.

Python can drop a secret but not overwrite it: ``bytes`` are immutable, and copies live in the interpreter, in the
libraries and perhaps in swap until their memory is used again. "Dropped" here means that no object of ours refers to
a secret any longer. Forward secrecy against somebody who later reads the whole process memory is best effort.
"""
