"""Texts as dates and times of day, in any one order, language and calendar.

============  ============================================================
`date_form`   how dates are written in a column
`date_texts`  texts → seconds since 1970, in each order of day and month
`date_words`  a text with words → the same text in digits
`words.txt`   names of months, days and halves of the day, to be extended
`fields`      dates in digits → year, month, day, time and zone
`calendars`   years of other calendars, and days since 1970
============  ============================================================
"""
