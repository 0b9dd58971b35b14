"""The course as a site whose panels answer without a kernel; `helpers` do not know of it."""
