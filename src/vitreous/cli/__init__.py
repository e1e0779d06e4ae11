"""The command line: one command a file, each a thin shell around a function of the package.

Nothing heavy is imported before a command runs, so that ``vitreous --help`` answers at once.
"""
