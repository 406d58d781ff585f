"""The kit of windows that both platforms share: pages of a case, and forms to act on it.

Lives here: presenters (``pages``), forms made from the rule table (``moveforms``), uploads, the application in steps
(``wizard``), invitations, the public roster, the portal's views. Does not live here: who may see what (each platform's
``access``), rules (``lifecycle``), styles and parts of pages (templates).
Called by: portal, admin and API of both platforms.
"""
