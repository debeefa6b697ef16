"""What an OpenWrt access point tells of itself: its commands, their answers, and what these come to together.

For `agent.sources.openwrt`, which is the only caller. `commands` runs or replays the commands; one module for each
kind of answer turns a text into values, pure; `reading` asks in order and joins the answers; `radios` makes values of
the wire of them, with what it remembers of the reading before.

Clients' addresses are read here, since counters have to be matched from one reading to the next. They stay in
`Station.key` and in `agent.rates.Counters`, and no message, log line or value of the wire is made of them.
"""
