# None.
