"""The user study (figure 2 of the paper): a page that people answer, and the count of answers.

Needs no torch: `settings` can be imported from where start-up must be quick, the rest needs Pillow.
"""
