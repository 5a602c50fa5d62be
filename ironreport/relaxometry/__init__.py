"""From a decaying signal to a relaxation time with its doubt."""

from ironreport.relaxometry.fitting import METHODS, fit_decay

__all__ = ["METHODS", "fit_decay"]
