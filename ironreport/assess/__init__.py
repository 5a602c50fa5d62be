"""From a fitted signal to a graded finding with guidance."""

from ironreport.assess.assessment import assess

__all__ = ["assess"]
