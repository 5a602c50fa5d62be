"""From a fitted signal to a graded finding with guidance."""

from ironreport.assess.assessment import Finder, assess, find

__all__ = ["Finder", "assess", "find"]
