"""The facade over the model: pictures in, pictures out; every command and Python user comes here.

The modules without torch (`settings`, `events`) can be imported from where start-up must be quick.
"""
