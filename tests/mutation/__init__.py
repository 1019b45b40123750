"""A mutation check of the protocol's core: which changes of its code would no test see? (`make mutants`)"""
