"""Reference files in the layouts of ONSPD, IMD and ODS; every code and name in them is visibly fake."""

from pathlib import Path

import numpy as np

from extracts.synthetic.organisations import Organisations
from extracts.synthetic.places import Places, code
from extracts.synthetic.writing import save_lines

ONSPD_HEADER = ["pcd", "pcd2", "pcds", "dointr", "doterm", "oslaua", "rgn", "icb", "lsoa21", "msoa21", "imd"]
IMD_HEADER = ["lsoa21", "lsoa21nm", "imd_rank", "imd_decile"]
ODS_COLUMNS = 27
INTRODUCED, TERMINATED = "198001", "201906"  # CCYYMM, as ONSPD writes them
OPENED, CLOSED = "19740401", "20250331"  # CCYYMMDD, as ODS writes them


def write_reference(out: Path, places: Places, organisations: Organisations) -> None:
    """onspd, imd, etr, ets, ephp, ephpsite and epraccur under out/reference."""
    folder = out / "reference"
    save_lines(folder / "onspd.csv", _onspd(places), ONSPD_HEADER)
    save_lines(folder / "imd.csv", _imd(places), IMD_HEADER)
    for trusts, head, site in ((True, "etr", "ets"), (False, "ephp", "ephpsite")):
        save_lines(folder / f"{head}.csv", _providers(places, organisations, trusts))
        save_lines(folder / f"{site}.csv", _sites(places, organisations, trusts))
    save_lines(folder / "epraccur.csv", _practices(places, organisations))


def icb_ods_code(icb: int) -> str:
    """ODS code of an ICB: 'V01' to 'V42'; no real one has that shape."""
    return f"V{icb + 1:02d}"


def _onspd(places: Places) -> list[tuple]:
    lsoa = places.postcode_lsoa
    icb = places.lsoa_icb[lsoa]
    names = {
        "E07990": [code("E0799", i) for i in range(int(places.lsoa_district.max()) + 1)],
        "E12990": [code("E1299", i) for i in range(9)],
        "E54990": [code("E5499", i) for i in range(42)],
        "E01990": [code("E0199", i) for i in range(places.lsoas)],
        "E02990": [code("E0299", i) for i in range(int(places.lsoa_msoa.max()) + 1)],
    }
    columns = zip(
        places.postcode.tolist(),
        places.terminated.tolist(),
        places.lsoa_district[lsoa].tolist(),
        places.icb_region[icb].tolist(),
        icb.tolist(),
        lsoa.tolist(),
        places.lsoa_msoa[lsoa].tolist(),
        places.lsoa_rank[lsoa].tolist(),
        strict=True,
    )
    return [
        (
            pcd2[:4] + pcd2[5:],
            pcd2,
            f"{pcd2[:4].rstrip()} {pcd2[5:]}",
            INTRODUCED,
            TERMINATED if ended else "",
            names["E07990"][district],
            names["E12990"][region],
            names["E54990"][icb_],
            names["E01990"][lsoa_],
            names["E02990"][msoa],
            rank,
        )
        for pcd2, ended, district, region, icb_, lsoa_, msoa, rank in columns
    ]


def _imd(places: Places) -> list[tuple]:
    every = np.arange(places.lsoas)
    decile = places.decile_of(every)
    district = places.lsoa_district
    return [
        (code("E0199", i), f"Imaginary {district[i] + 1:03d} {i + 1:04d}", places.lsoa_rank[i], decile[i])
        for i in every.tolist()
    ]


def _ods(
    code_: str,
    name: str,
    region: int,
    icb: int,
    address: str,
    postcode: str,
    closed: bool,
    role: str,
    kind: str,
    parent: str,
) -> list:
    row = [
        code_,
        name.upper(),
        f"Y9{region + 1}",
        icb_ods_code(icb),
        address.upper(),
        "",
        "",
        "IMAGINARY TOWN",
        "",
        postcode,
    ]
    row += [OPENED, CLOSED if closed else "", role, kind, parent]
    return row + [""] * (ODS_COLUMNS - len(row))


def _at(places: Places, icb: int, salt: int) -> str:
    """A postcode inside an ICB (with a single space, as ODS writes it), the same for the same salt."""
    lsoas = np.flatnonzero(places.lsoa_icb == icb)
    first = places.first_postcode[lsoas[salt % len(lsoas)]]
    return f"{places.postcode[first][:4].rstrip()} {places.postcode[first][5:]}"


def _providers(places: Places, organisations: Organisations, trusts: bool) -> list[list]:
    rows = []
    for i, (code_, name) in enumerate(zip(organisations.provider, organisations.provider_name, strict=True)):
        if organisations.independent[i] != trusts:
            icb = int(organisations.provider_icb[i])
            rows.append(
                _ods(code_, name, places.icb_region[icb], icb, "Headquarters", _at(places, icb, i), False, "", "", "")
            )
    return rows


def _sites(places: Places, organisations: Organisations, trusts: bool) -> list[list]:
    rows = []
    for i, (code_, name) in enumerate(zip(organisations.site, organisations.site_name, strict=True)):
        provider = organisations.site_provider[i]
        if organisations.independent[provider] != trusts:
            icb, closed = int(organisations.provider_icb[provider]), bool(organisations.site_closed[i])
            parent = organisations.provider[provider]
            rows.append(
                _ods(
                    code_,
                    name,
                    places.icb_region[icb],
                    icb,
                    "Imaging Department",
                    _at(places, icb, i),
                    closed,
                    "",
                    "",
                    parent,
                )
            )
    return rows


def _practices(places: Places, organisations: Organisations) -> list[list]:
    """Status A active or C closed; column 26, prescribing setting, 4 for a general practice."""
    rows = []
    for i, (code_, name) in enumerate(zip(organisations.practice, organisations.practice_name, strict=True)):
        icb, closed = int(organisations.practice_icb[i]), i >= organisations.open_practices
        role, commissioner = "C" if closed else "A", icb_ods_code(icb)
        row = _ods(
            code_,
            name,
            places.icb_region[icb],
            icb,
            f"{i + 1} High Street",
            _at(places, icb, i),
            closed,
            role,
            "B",
            commissioner,
        )
        row[25] = "4"
        rows.append(row)
    return rows
