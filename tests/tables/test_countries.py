"""Tables as people of several countries keep them: every column is what a person there reads in it."""

import pytest

from softargmax.tables.looking import look
from softargmax.tables.opening import open_table

# An encoding, the lines, and of every column its kind and its first value.
TABLES = {
    "Estonia": (
        "cp1257",
        ["Kuupäev;Linn;Hind;Tasutud", "03.01.2024;Võru;668,38;jah", "15.01.2024;Pärnu;12,90;ei", "22.02.2024;Võru;7,05;ei"],
        [("date", "2024-01-03"), ("category", "Võru"), ("number", 668.38), ("boolean", True)],
    ),
    "Iceland": (
        "utf-8",
        ["Dagur;Verð;Hiti;Opið", "3. janúar 2024;53.838 kr.;−1,2;já", "8. maí 2024;9.400 kr.;11,5;nei", "9. ágúst 2024;870 kr.;0,4;já"],
        [("date", "2024-01-03"), ("number", 53838), ("number", -1.2), ("boolean", True)],
    ),
    "Kazakhstan": (
        "utf-8",
        ["Дата;Сумма;Оплачено", "03.01.2024 г.;694\u00a0013,8 тг;жоқ", "18.01.2024 г.;1\u00a0250,5 тг;иә", "25.02.2024 г.;90,4 тг;иә"],
        [("date", "2024-01-03"), ("number", 694013.8), ("boolean", False)],
    ),
    "Malaysia": (
        "utf-8",
        ["Tarikh,Harga,Dibayar", '3 Mac 2024,"RM 1,605.21",Tidak', "8 Ogos 2024,RM 90.00,Ya", "9 Dis 2024,RM 12.50,Ya"],
        [("date", "2024-03-03"), ("number", 1605.21), ("boolean", False)],
    ),
    "Sri Lanka": (
        "utf-8",
        ["දිනය,මිල,ගෙවූ", '2024/01/03,"රු. 189,100.00",නැත', "2024/01/18,රු. 950.50,ඔව්", "2024/02/25,රු. 75.25,ඔව්"],
        [("date", "2024-01-03"), ("number", 189100), ("boolean", False)],
    ),
    "Armenia": (
        "utf-8",
        ["Ամսաթիվ\tԳին\tՎճարված", "03.01.2024\t761,224 ֏\tոչ", "18.01.2024\t1,250.50 ֏\tայո", "25.02.2024\t90 ֏\tայո"],
        [("date", "2024-01-03"), ("number", 761224), ("boolean", False)],
    ),
    "Croatia": (
        "cp1250",
        ["Datum;Grad;Iznos;Plaćeno", "03.01.2024.;Šibenik;3.055,07 kn;da", "18.01.2024.;Čakovec;90,10 kn;ne", "25.02.2024.;Šibenik;7,5 kn;ne"],
        [("date", "2024-01-03"), ("category", "Šibenik"), ("number", 3055.07), ("boolean", True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("country", TABLES)
def test_every_column_is_what_a_person_there_reads_in_it(write, country):
    encoding, (names, *lines), columns = TABLES[country]
    path = write("table.csv", "".join(f"{line}\n" for line in [names, *lines * 4]).encode(encoding))
    assert [(column.kind, column.first[0]) for column in look(open_table(path)).columns] == columns
