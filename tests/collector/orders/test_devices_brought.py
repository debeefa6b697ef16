"""Where devices hang by the orders that brought them."""

from collector.orders.devices_brought import DeviceBrought, DevicesBrought

MAC, OTHER_MAC = "02:00:00:00:00:09", "02:00:00:00:00:0a"


def test_a_device_is_found_by_its_serial_however_it_is_written_else_by_its_mac() -> None:
    brought = DevicesBrought([DeviceBrought("a", "NEW-1", MAC), DeviceBrought("b", "NEW-2", None)])
    asked = [("new-1", None), (" NEW-1", OTHER_MAC), ("X", MAC), (None, MAC), ("NEW-2", MAC), ("X", OTHER_MAC)]
    places = [brought.place_of(serial=serial, mac=mac) for serial, mac in asked]
    assert places == ["a", "a", "a", "a", "b", None]
    assert brought.place_of(serial=None, mac=None) is None
    assert DevicesBrought().place_of(serial="NEW-1", mac=MAC) is None


def test_a_device_that_another_order_has_brought_elsewhere_since_hangs_there() -> None:
    brought = DevicesBrought([DeviceBrought("b", "NEW-1", None), DeviceBrought("a", "new-1", None)])
    assert brought.place_of(serial="NEW-1", mac=None) == "a"


def test_a_place_has_the_device_of_its_newest_order_and_the_one_before_is_nowhere() -> None:
    earlier, later = DeviceBrought("a", "NEW-1", MAC), DeviceBrought("a", "NEW-2", None)
    brought = DevicesBrought([earlier, DeviceBrought("b", "NEW-3", OTHER_MAC), later])
    asked = [("NEW-1", MAC), ("NEW-2", None), ("NEW-3", None)]
    assert [brought.place_of(serial=serial, mac=mac) for serial, mac in asked] == [None, "a", "b"]
