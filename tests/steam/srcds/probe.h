/* What the double does instead when it is asked to probe its sandbox; a name is resolved as well. */
int probe(const char *name);
