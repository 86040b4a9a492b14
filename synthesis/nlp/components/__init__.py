"""The components of the pipeline, each a small file of the same shape: find, then write to the document."""
