"""Sessions as operators and their scripts know them, to the character."""

from __future__ import annotations

import msgspec
import pytest

from tests.fakes.console import Room

CONNECTORS = """
    smppccm -a
    cid telco_a
    ok
    smppccm -a
    cid telco_b
    ok
    """
TO_FRANCE = """
    filter -a
    fid to_france
    type destinationaddrfilter
    destination_addr ^33
    ok
    """
GROUP = """
    group -a
    gid partners
    ok
    """
ACME = (
    GROUP
    + """
    user -a
    uid acme
    gid partners
    username acmebox
    password s3cret
    ok
    """
)


def test_group(room: Room) -> None:
    room.play("""\
jcli : group -a
Adding a new Group: (ok: save, ko: exit)
> gid partners
> ok
Successfully added Group [partners]
jcli : group -d partners
Successfully disabled Group id:partners
jcli : group -l
#Group id        
#!partners       
Total Groups: 1
jcli : group -e partners
Successfully enabled Group id:partners
jcli : group -r partners
Successfully removed Group id:partners
jcli : group --list
Total Groups: 0
jcli : group -r partners
Unknown Group: partners
jcli : group -e x
Unknown Group: x
jcli : group -a
Adding a new Group: (ok: save, ko: exit)
> 
> name x
Unknown Group key: name
> ok
You must set Group id (gid) before saving !
> gid not allowed
Error: Group gid syntax is invalid
> ok
Error: Group gid syntax is invalid
> quit
Exit session before quitting
> ko
jcli : group -l
Total Groups: 0""")  # noqa: W291


def test_adding_a_group_again_replaces_it(room: Room) -> None:
    room.setup(GROUP + "group -d partners\n" + GROUP)
    assert room.type("group -l")[1] == "#partners        "


def test_user(room: Room) -> None:
    room.setup(GROUP)
    room.play("""\
jcli : user -a
Adding a new User: (ok: save, ko: exit)
> uid acme
> gid partners
> username acmebox
> password s3cret
> mt_messaging_cred quota balance 15
> smpps_cred quota max_bindings 2
> ok
Successfully added User [acme] to Group [partners]
jcli : user -l
#User id          Group id         Username         Balance MT SMS Throughput
#acme             partners         acmebox          15.0    ND     ND/ND   
Total Users: 1
jcli : user -l partners
#User id          Group id         Username         Balance MT SMS Throughput
#acme             partners         acmebox          15.0    ND     ND/ND   
Total Users in group [partners]: 1
jcli : user -l nobody
Unknown Group: nobody
jcli : user -d acme
Successfully disabled User id:acme
jcli : user -u acme
Updating User id [acme]: (ok: save, ko: exit)
> ok
Nothing to save
> uid other
User id can not be modified !
> username other
User username can not be modified !
> MT_messaging_cred quota balance 5
Unknown User key: MT_messaging_cred
> mt_messaging_cred QUOTA balance none
> mt_messaging_cred quota http_throughput 2
> ok
Successfully updated User [acme]
jcli : group -d partners
Successfully disabled Group id:partners
jcli : user -l
#User id          Group id         Username         Balance MT SMS Throughput
#!acme            !partners        acmebox          ND (!)  ND (!) 2.0/ND  
Total Users: 1
jcli : user -e acme
Successfully enabled User id:acme
jcli : user -r acme
Successfully removed User id:acme
jcli : user -s acme
Unknown User: acme
jcli : user -r acme
Unknown User: acme
jcli : user -u acme
Unknown User: acme
jcli : user --smpp-ban acme
Unknown User: acme""")  # noqa: W291


def test_user_shown(room: Room) -> None:
    room.setup(ACME)
    room.play("""\
jcli : user -s acme
uid acme
gid partners
username acmebox
mt_messaging_cred authorization http_send True
mt_messaging_cred authorization http_balance True
mt_messaging_cred authorization http_rate True
mt_messaging_cred authorization http_bulk False
mt_messaging_cred authorization smpps_send True
mt_messaging_cred authorization http_long_content True
mt_messaging_cred authorization dlr_level True
mt_messaging_cred authorization http_dlr_method True
mt_messaging_cred authorization src_addr True
mt_messaging_cred authorization priority True
mt_messaging_cred authorization validity_period True
mt_messaging_cred authorization schedule_delivery_time True
mt_messaging_cred authorization hex_content True
mt_messaging_cred valuefilter dst_addr .*
mt_messaging_cred valuefilter src_addr .*
mt_messaging_cred valuefilter priority ^[0-3]$
mt_messaging_cred valuefilter validity_period ^\\d+$
mt_messaging_cred valuefilter content .*
mt_messaging_cred defaultvalue src_addr None
mt_messaging_cred quota balance ND
mt_messaging_cred quota early_percent ND
mt_messaging_cred quota sms_count ND
mt_messaging_cred quota http_throughput ND
mt_messaging_cred quota smpps_throughput ND
smpps_cred authorization bind True
smpps_cred authorization ip 0.0.0.0/0
smpps_cred quota max_bindings ND""")


def test_user_refusals(room: Room) -> None:
    room.setup(GROUP)
    room.play("""\
jcli : user -a
Adding a new User: (ok: save, ko: exit)
> uid acme
> ok
You must set User id (uid), group (gid), username and password before saving !
> username acmebox
> password
Error: Invalid password length !
> password 12345678901234567
Error: Invalid password length !
> password s3cret
> gid nobodies
Unknown Group gid:nobodies, you must first create the Group
> ok
Unknown Group gid:nobodies, you must first create the Group
> mt_messaging_cred quota balance
Error: expected syntax: mt_messaging_cred section key value
> smpps_cred
Error: expected syntax: smpps_cred section key value
> mt_messaging_cred quotas balance 1
Error: invalid section name: quotas, possible values: Authorization, ValueFilter, DefaultValue, Quota
> smpps_cred authorization binds 1
Error: invalid key: binds, possible keys: bind, ip
> mt_messaging_cred valuefilter dst_addr (33
Error: valuefilter dst_addr: (33 is not a valid regular expression: missing ), unterminated subpattern at position 0
> mt_messaging_cred valuefilter content ^two words
> gid partners
> ok
Successfully added User [acme] to Group [partners]""")
    assert room.catalog.get("user", "acme").mt_valuefilter.content == "^two words"


def test_smppccm(room: Room) -> None:
    room.play("""\
jcli : smppccm -a
Adding a new connector: (ok: save, ko: exit)
> cid telco_a
> host 10.9.0.4
> username gw01
> password pass8chr
> submit_throughput 50
> ok
Successfully added connector [telco_a]
jcli : smppccm -1 telco_a
Successfully started connector id:telco_a""")
    room.states.sessions["telco_a"] = ("BOUND_TRX", 1, 0)
    room.play("""\
jcli : smppccm -l
#Connector id                        Service Session          Starts Stops
#telco_a                             started BOUND_TRX        1      0    
Total connectors: 1
jcli : smppccm -1 telco_a
Failed starting connector, check log for details
jcli : smppccm -u telco_a
Updating connector id [telco_a]: (ok: save, ko: exit)
> cid other
Connector id can not be modified !
> colour red
Unknown SMPPClientConfig key: colour
> ok
Nothing to save
> port 2776
> ok
Restarting connector [telco_a] for updates to take effect ...
Successfully updated connector [telco_a]
jcli : smppccm -u telco_a
Updating connector id [telco_a]: (ok: save, ko: exit)
> submit_throughput 20
> ok
Successfully updated connector [telco_a]
jcli : smppccm -0 telco_a
Successfully stopped connector id:telco_a
jcli : smppccm -0 telco_a
Failed stopping connector, check log for details
jcli : smppccm -u telco_a
Updating connector id [telco_a]: (ok: save, ko: exit)
> host smsc.example.com
> ok
Successfully updated connector [telco_a]
jcli : smppccm -a
Adding a new connector: (ok: save, ko: exit)
> ok
You must set at least connector id (cid) before saving !
> cid telco_a
> ssl maybe
Error: Unknown value for key ssl: maybe
> ok
Failed adding connector, check log for details
> ko
jcli : smppccm -r telco_a
Successfully removed connector id:telco_a
jcli : smppccm -r telco_a
Unknown connector: telco_a
jcli : smppccm -s telco_a
Unknown connector: telco_a
jcli : smppccm -1 telco_a
Unknown connector: telco_a
jcli : smppccm -l
Total connectors: 0""")  # noqa: W291


def test_smppccm_shown(room: Room) -> None:
    room.setup(CONNECTORS)
    shown = room.type("smppccm -s telco_a")
    assert shown[:8] == [
        "cid telco_a",
        "host 127.0.0.1",
        "port 2775",
        "ssl no",
        "username smppclient",
        "password password",
        "systype ",
        "bind transceiver",
    ]
    assert {"addr_range None", "con_loss_retry yes", "submit_throughput 1", "custom_tlvs none", "window 50"} < set(
        shown
    )
    assert not any(line.startswith("started") for line in shown)


def test_httpccm(room: Room) -> None:
    room.play("""\
jcli : httpccm -a
Adding a new Httpcc: (ok: save, ko: exit)
> cid crm_mo
> method POST
> url https://crm.example.com/sms
> ok
Successfully added Httpcc [HttpConnector] with cid:crm_mo
jcli : httpccm -l
#Httpcc id        Type                   Method URL                                                             
#crm_mo           HttpConnector          POST   https://crm.example.com/sms                                     
Total Httpccs: 1
jcli : httpccm -s crm_mo
HttpConnector:
cid = crm_mo
baseurl = https://crm.example.com/sms
method = POST
jcli : httpccm -a
Adding a new Httpcc: (ok: save, ko: exit)
> ok
You must set these options before saving: url, method, cid
> cid crm_mo
> url nowhere
Error: HttpConnector url syntax is invalid
> url http://127.0.0.1:8080/mo
> method get
> ok
Successfully added Httpcc [HttpConnector] with cid:crm_mo
jcli : httpccm -r other
Unknown Httpcc: other
jcli : httpccm -r crm_mo
Successfully removed Httpcc id:crm_mo""")  # noqa: W291


def test_filter(room: Room) -> None:
    room.play("""\
jcli : filter -a
Adding a new Filter: (ok: save, ko: exit)
> fid to_france
> type destinationaddrfilter
<class 'jasmin.routing.Filters.DestinationAddrFilter'> arguments:
destination_addr
> destination_addr ^33
> ok
Successfully added Filter [DestinationAddrFilter] with fid:to_france
jcli : filter -l
#Filter id        Type                   Routes Description                     
#to_france        DestinationAddrFilter  MO MT  <DA (dst_addr=^33)>             
Total Filters: 1
jcli : filter -a
Adding a new Filter: (ok: save, ko: exit)
> ok
You must set these options before saving: type, fid
> type nofilter
Unknown Filter type: "nofilter", available types: TransparentFilter, ConnectorFilter, UserFilter, GroupFilter, \
SourceAddrFilter, DestinationAddrFilter, ShortMessageFilter, DateIntervalFilter, TimeIntervalFilter, TagFilter
> fid a b
Invalid Filter fid syntax: a b
> fid gold
> uid acme
Unknown Filter key: uid
> type UserFilter
<class 'jasmin.routing.Filters.UserFilter'> arguments:
uid
> ok
You must set these options before saving: type, fid, uid
> uid acme
> type SourceAddrFilter
<class 'jasmin.routing.Filters.SourceAddrFilter'> arguments:
source_addr
> uid acme
Unknown Filter key: uid
> source_addr (1
source_addr option is not a valid regular expression
> ok
source_addr option is not a valid regular expression
> source_addr ^1
> ok
Successfully added Filter [SourceAddrFilter] with fid:gold
jcli : filter -a
Adding a new Filter: (ok: save, ko: exit)
> fid dates
> type DateIntervalFilter
<class 'jasmin.routing.Filters.DateIntervalFilter'> arguments:
dateInterval
> dateInterval 2026-01-01
dateInterval option value must be composed of 2 values with a ";" separator.
> dateInterval 2026-01-01;2026-12-31
> ok
Successfully added Filter [DateIntervalFilter] with fid:dates
jcli : filter -s dates
DateIntervalFilter:
Left border = 2026-01-01
Right border = 2026-12-31
jcli : filter -a
Adding a new Filter: (ok: save, ko: exit)
> type transparentfilter
> fid all
> ok
Successfully added Filter [TransparentFilter] with fid:all
jcli : filter -r nobody
Unknown Filter: nobody
jcli : filter -r dates
Successfully removed Filter id:dates""")  # noqa: W291


def test_mtrouter(room: Room) -> None:
    room.setup(CONNECTORS + TO_FRANCE)
    room.play("""\
jcli : mtrouter -a
Adding a new MT Route: (ok: save, ko: exit)
> type FailoverMTRoute
<class 'jasmin.routing.Routes.FailoverMTRoute'> arguments:
filters, connectors, rate
> order 20
> filters to_france
> connectors smppc(telco_a);smppc(telco_b)
> rate 0.025
> ok
Successfully added MTRoute [FailoverMTRoute] with order:20
jcli : mtrouter -l
#Order Type                    Rate       Connector ID(s)                                  \
Filter(s)                                                       
#20    FailoverMTRoute         0.02500    smppc(telco_a), smppc(telco_b)                   \
<DA (dst_addr=^33)>                                             
Total MT Routes: 1
jcli : mtrouter -s 20
FailoverMTRoute to 2 connectors:
	- smppc(telco_a)
	- smppc(telco_b) 
rated 0.03
jcli : mtrouter -a
Adding a new MT Route: (ok: save, ko: exit)
> type DefaultRoute
<class 'jasmin.routing.Routes.DefaultRoute'> arguments:
connector, rate
> order 9
Route order forced to 0 since it is a DefaultRoute
> connector SMPPC(telco_a)
> rate 0.0
> ok
Successfully added MTRoute [DefaultRoute] with order:0
jcli : mtrouter -l
#Order Type                    Rate       Connector ID(s)                                  \
Filter(s)                                                       
#20    FailoverMTRoute         0.02500    smppc(telco_a), smppc(telco_b)                   \
<DA (dst_addr=^33)>                                             
#0     DefaultRoute            0 (!)      smppc(telco_a)                                   \
                                                               \x20
Total MT Routes: 2
jcli : mtrouter -s 0
DefaultRoute to smppc(telco_a) NOT RATED
jcli : mtrouter -s 9
Unknown MT Route: 9
jcli : mtrouter -r nine
MT Route order must be a positive integer
jcli : smppccm -r telco_a
Error: smppcc telco_a is used by mtroute 0, mtroute 20
jcli : mtrouter -r 20
Successfully removed MT Route with order:20
jcli : mtrouter -f
Successfully flushed MT Route table (1 flushed entries)
jcli : mtrouter -l
Total MT Routes: 0
jcli : smppccm -r telco_a
Successfully removed connector id:telco_a""")  # noqa: W291


def test_mtrouter_refusals(room: Room) -> None:
    room.setup(CONNECTORS + TO_FRANCE)
    room.play("""\
jcli : mtrouter -a
Adding a new MT Route: (ok: save, ko: exit)
> ok
You must set these options before saving: type, order
> type StaticMORoute
Unknown MT Route type:StaticMORoute, available types: DefaultRoute, StaticMTRoute, RandomRoundrobinMTRoute, \
FailoverMTRoute
> type StaticMTRoute
<class 'jasmin.routing.Routes.StaticMTRoute'> arguments:
filters, connector, rate
> order -1
Route order must be a positive integer
> order 0
This route order (0) is reserved for DefaultRoute only
> order 5
> filters to_france;nowhere
Unknown fid: nowhere
> filters to_france
> connector telco_a
Invalid syntax for connector id, must be smppc(some_id).
> connector smppc(nobody)
Unknown smppc cid: nobody
> connector smppc(telco_a)
> colour red
Unknown Route key: colour
> rate much
Incorrect rate (must be float): much
> rate -1
> ok
Error: rate can not be a negative value
> ok
Error: rate can not be a negative value
> rate 0.5
> ok
Successfully added MTRoute [StaticMTRoute] with order:5
jcli : mtrouter -s 5
StaticMTRoute to smppc(telco_a) rated 0.50
jcli : filter -r to_france
Error: filter to_france is used by mtroute 5""")


def test_morouter(room: Room) -> None:
    room.setup(
        """
        httpccm -a
        cid crm
        url http://127.0.0.1/mo
        method GET
        ok
        filter -a
        fid gold
        type UserFilter
        uid acme
        ok
        filter -a
        fid short
        type ShortMessageFilter
        short_message ^hi
        ok
        """
    )
    room.play("""\
jcli : morouter -a
Adding a new MO Route: (ok: save, ko: exit)
> type StaticMORoute
<class 'jasmin.routing.Routes.StaticMORoute'> arguments:
filters, connector
> order 7
> filters gold
UserFilter#gold is not a valid filter for MORoute (not in MOFILTERS)
> filters short
> connector smppc(telco)
Invalid syntax for connector id, must be smpps(some_id) or http(some_id).
> connector http(nobody)
Unknown http cid: nobody
> connector smpps(anyone)
> ok
Successfully added MORoute [StaticMORoute] with order:7
jcli : morouter -a
Adding a new MO Route: (ok: save, ko: exit)
> type FailoverMORoute
<class 'jasmin.routing.Routes.FailoverMORoute'> arguments:
filters, connectors
> order 8
> filters short
> connectors http(crm);smpps(anyone)
> ok
Error: FailoverMORoute cannot have mixed connector types
> ko
jcli : morouter -l
#Order Type                    Connector ID(s)                                  \
Filter(s)                                                       
#7     StaticMORoute           smpps(anyone)                                    \
<SM (msg=^hi)>                                                  
Total MO Routes: 1
jcli : morouter -r 9
Unknown MO Route: 9
jcli : morouter -s x
MO Route order must be a positive integer
jcli : morouter -f
Successfully flushed MO Route table (1 flushed entries)""")  # noqa: W291


def test_errors_of_the_top(room: Room) -> None:
    room.play("""\
jcli : 
jcli : foo -l
Incorrect command: foo, type help for a list of commands
jcli : Group -l
Incorrect command: Group, type help for a list of commands
jcli : group
Missing required option
jcli : stats
Missing required option
jcli : group -x
no such option: -x
Usage: group [options] 

Options:
  -l, --list             List all groups
  -a, --add              Add a group
  -e GID, --enable=GID   Enable a group
  -d GID, --disable=GID  Disable a group and with it all its users
  -r GID, --remove=GID   Remove a group and all its users
jcli : help foo
*** No help on foo""")  # noqa: W291
    assert room.type("group -r")[0] == "-r option requires 1 argument"


def test_help(room: Room) -> None:
    for command in ("help", "?"):
        lines = room.type(command)
        split = lines.index("")
        assert lines[:2] == ["Available commands:", "==================="]
        assert [line[:20].rstrip() for line in lines[2:split]] == [
            "persist", "load", "user", "group", "filter", "morouter", "mtrouter", "smppccm", "httpccm", "stats",
        ]  # fmt: skip
        assert lines[split + 1 : split + 3] == ["Control commands:", "================="]
        assert [line[:20].rstrip() for line in lines[split + 3 :]] == ["quit", "help"]
    assert room.type("help user")[:4] == ["User management", "Usage: user [options] ", "", "Options:"]
    assert room.type("help quit") == ["Disconnect from console"]


MANAGERS = ("group", "user", "mointerceptor", "mtinterceptor", "morouter", "mtrouter", "smppcc", "filter", "httpcc")


def test_persist_and_load(room: Room) -> None:
    assert room.type("load") == [f"Failed to load {each} configuration (profile:jcli-prod)" for each in MANAGERS]
    room.setup(ACME)
    assert room.type("persist") == [f"{each} configuration persisted (profile:jcli-prod)" for each in MANAGERS]
    room.setup("group -r partners")
    assert room.type("persist -p empty")[0] == "group configuration persisted (profile:empty)"
    assert room.type("load --profile=jcli-prod") == [
        f"{each} configuration loaded (profile:jcli-prod)" for each in MANAGERS
    ]
    assert room.catalog.get("user", "acme").password == "hash of s3cret"
    room.type("load -p empty")
    assert not room.catalog.all("user")


def test_profiles_are_asked_for_properly(room: Room) -> None:
    assert room.type("persist -x")[:2] == ["no such option: -x", "Usage: persist [options] "]
    assert room.type("help load")[0] == "Return to a copy kept before"
    assert room.type("load -p")[0] == "-p option requires 1 argument"


def test_a_store_that_fails_is_told(room: Room) -> None:
    room.store.problem = OSError("disk full")
    assert room.type("persist")[0] == "Failed to persist group configuration (profile:jcli-prod)"
    room.type("group -a")
    room.type("gid g")
    assert room.type("ok") == ["Error: The change could not be stored"]
    room.store.problem = None
    assert room.type("ok") == ["Successfully added Group [g]"], "the dialogue goes on"


@pytest.mark.parametrize("command", ["user -d acme", "group -e partners", "user -r acme", "user --smpp-ban=acme"])
def test_every_change_names_its_actor(room: Room, command: str) -> None:
    room.setup(ACME)
    room.setup(command)
    assert {change.actor for change in room.store.log} == {"jcli:jcli@127.0.0.1"}
    assert b"s3cret" not in msgspec.json.encode([each.document for each in room.store.log]).replace(
        b"hash of s3cret", b""
    )
