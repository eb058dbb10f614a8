"""The domain's parts opened, told what they ask of this home, and closed.

Folder and disk are looked after here too.
"""
