"""IronReport: from MRI signal decay to organ iron, graded and with its doubt."""
