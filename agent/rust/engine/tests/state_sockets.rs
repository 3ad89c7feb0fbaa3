//! Sockets: who is client, who is server, and what their text is.

mod state_events;

use engine::schema::code;
use engine::state::{FdKind, State};
use state_events::*;

const EINPROGRESS: i64 = -115;

fn v4(sip: [u8; 4], sport: u16, dip: [u8; 4], dport: u16) -> Vec<u8> {
    let mut out = vec![2];
    for (ip, port) in [(sip, sport), (dip, dport)] {
        out.extend_from_slice(&ip);
        out.extend_from_slice(&port.to_le_bytes());
    }
    out
}

fn v6(sip: &str, sport: u16, dip: &str, dport: u16) -> Vec<u8> {
    let mut out = vec![10];
    for (ip, port) in [(sip, sport), (dip, dport)] {
        out.extend_from_slice(&ip.parse::<std::net::Ipv6Addr>().unwrap().octets());
        out.extend_from_slice(&port.to_le_bytes());
    }
    out
}

fn v4_addr(ip: [u8; 4], port: u16) -> Vec<u8> {
    let mut out = vec![2];
    out.extend_from_slice(&ip);
    out.extend_from_slice(&port.to_le_bytes());
    out
}

fn v6_addr(ip: &str, port: u16) -> Vec<u8> {
    let mut out = vec![10];
    out.extend_from_slice(&ip.parse::<std::net::Ipv6Addr>().unwrap().octets());
    out.extend_from_slice(&port.to_le_bytes());
    out
}

fn unix(source: u64, dest: u64, path: &str) -> Vec<u8> {
    let mut out = vec![1];
    out.extend_from_slice(&source.to_le_bytes());
    out.extend_from_slice(&dest.to_le_bytes());
    out.extend_from_slice(path.as_bytes());
    out.push(0);
    out
}

/// The state with a socket 3 of the given family and type.
fn with_socket(family: u32, kind: u32) -> State {
    let mut state = state();
    event(code::SOCKET_SOCKET_X, 100).i64(3).u32(family).u32(kind).u32(0).u32(0).run(&mut state);
    state
}

fn connect(res: i64, tuple: &[u8]) -> Build {
    event(code::SOCKET_CONNECT_X, 100).i64(res).raw(tuple).i64(3).absent()
}

fn sendto(tuple: &[u8]) -> Build {
    event(code::SOCKET_SENDTO_X, 100).i64(1).raw(b"x").i64(3).u32(1).raw(tuple)
}

fn recvfrom(tuple: &[u8]) -> Build {
    event(code::SOCKET_RECVFROM_X, 100).i64(1).raw(b"x").raw(tuple).i64(3).u32(1)
}

#[test]
fn a_new_socket_has_no_ends_and_no_role() {
    let state = with_socket(2, 1);
    let fd = state.fd(100, 3).unwrap();
    assert_eq!((fd.kind, &*fd.name, fd.l4proto, fd.has_role()), (FdKind::Ipv4Sock, &b""[..], 2, false));
    assert!(fd.client().is_none() && fd.server().is_none());
}

#[test]
fn a_connect_under_way_names_both_ends() {
    let mut state = with_socket(2, 1 | 0o2_000_000);
    let effects = connect(EINPROGRESS, &v4([127, 0, 0, 1], 47192, [127, 0, 0, 1], 80)).apply(&mut state);
    let fd = effects.fd_info.clone().unwrap();
    assert!(effects.fd_name_changed && fd.is_client && !fd.connected && fd.cloexec);
    assert_eq!(&*fd.name, b"127.0.0.1:47192->127.0.0.1:80");
    assert_eq!(fd.server().map(|(ip, port)| format!("{ip} {port}")).as_deref(), Some("127.0.0.1 80"));
    assert_eq!(fd.local().map(|(_, port)| port), Some(47192));
    assert_eq!(fd.remote().map(|(_, port)| port), Some(80));
    state.settle(effects);
    // SO_ERROR 0 tells that it succeeded.
    let getsockopt = event(code::SOCKET_GETSOCKOPT_X, 100).i64(0).i64(3).u8(1).u8(4);
    getsockopt.clone().raw(&[1, 0x91, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).u32(4).run(&mut state);
    assert!(!state.fd(100, 3).unwrap().connected);
    getsockopt.raw(&[1, 0, 0, 0, 0, 0, 0, 0, 0]).u32(4).run(&mut state);
    assert!(state.fd(100, 3).unwrap().connected);
}

#[test]
fn a_refused_connect_leaves_the_socket_as_it_was() {
    let mut state = with_socket(2, 1);
    connect(-111, &v4([127, 0, 0, 1], 47192, [127, 0, 0, 1], 80)).run(&mut state);
    let fd = state.fd(100, 3).unwrap();
    assert_eq!((&*fd.name, fd.has_role()), (&b""[..], false));
}

#[test]
fn a_connect_without_tuple_uses_the_address() {
    let mut state = with_socket(2, 2);
    event(code::SOCKET_CONNECT_X, 100).i64(0).absent().i64(3).raw(&v4_addr([10, 0, 0, 2], 53)).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("0.0.0.0:0->10.0.0.2:53"));
}

#[test]
fn mapped_addresses_are_shown_as_ipv4() {
    let mut state = with_socket(10, 1);
    connect(0, &v6("::ffff:10.0.0.1", 4000, "::ffff:10.0.0.2", 443)).run(&mut state);
    let fd = state.fd(100, 3).unwrap();
    assert_eq!((fd.kind, &*fd.name), (FdKind::Ipv4Sock, &b"10.0.0.1:4000->10.0.0.2:443"[..]));
}

#[test]
fn a_server_binds_listens_and_accepts() {
    let mut state = with_socket(10, 1);
    event(code::SOCKET_BIND_X, 100).i64(0).raw(&v6_addr("::", 80)).i64(3).run(&mut state);
    let fd = state.fd(100, 3).unwrap();
    assert_eq!((fd.kind, &*fd.name, fd.is_server), (FdKind::Ipv4Serv, &b":::80"[..], false));
    assert_eq!(fd.server().map(|(ip, port)| format!("{ip} {port}")).as_deref(), Some("0.0.0.0 80"));
    assert!(fd.client().is_none() && fd.remote().is_none());
    event(code::SOCKET_LISTEN_X, 100).i64(0).i64(3).u32(5).run(&mut state);
    assert!(state.fd(100, 3).unwrap().is_server);
    let tuple = v4([10, 0, 0, 9], 5555, [10, 0, 0, 1], 80);
    let accept = event(code::SOCKET_ACCEPT4_6_X, 100).i64(8).raw(&tuple).u8(0).u32(0).u32(5).u32(O_CLOEXEC);
    let effects = accept.apply(&mut state);
    let fd = effects.fd_info.clone().unwrap();
    assert_eq!((effects.fd, &*fd.name), (Some(8), &b"10.0.0.9:5555->10.0.0.1:80"[..]));
    assert!(fd.is_server && fd.connected && fd.cloexec);
    assert_eq!(fd.remote().map(|(_, port)| port), Some(5555));
    assert_eq!(fd.local().map(|(_, port)| port), Some(80));
    state.settle(effects);
    let failed = event(code::SOCKET_ACCEPT_5_X, 100).i64(-11).absent().u8(0).u32(0).u32(5);
    assert_eq!(failed.apply(&mut state).fd, Some(-1));
}

#[test]
fn a_bound_ipv6_address_stays_ipv6() {
    let mut state = with_socket(10, 1);
    event(code::SOCKET_BIND_X, 100).i64(0).raw(&v6_addr("::1", 80)).i64(3).run(&mut state);
    let fd = state.fd(100, 3).unwrap();
    assert_eq!((fd.kind, &*fd.name), (FdKind::Ipv6Serv, &b"::1:80"[..]));
}

#[test]
fn a_datagram_client_talks_to_several_servers() {
    let mut state = with_socket(10, 2);
    sendto(&v6("::", 0, "::1", 2345)).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("::1:0->::1:2345"));
    let effects = sendto(&v6("::1", 38255, "2001:4860:4860::8888", 53)).apply(&mut state);
    assert!(effects.fd_name_changed);
    state.settle(effects);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("::1:38255->2001:4860:4860::8888:53"));
    // The answer does not turn the socket around.
    let effects = recvfrom(&v6("2001:4860:4860::8888", 53, "::1", 38255)).apply(&mut state);
    assert!(!effects.fd_name_changed);
    state.settle(effects);
    assert!(state.fd(100, 3).unwrap().is_client);
}

#[test]
fn a_datagram_server_hears_and_answers() {
    let mut state = with_socket(2, 2);
    event(code::SOCKET_BIND_X, 100).i64(0).raw(&v4_addr([0, 0, 0, 0], 53)).i64(3).run(&mut state);
    recvfrom(&v4([10, 0, 0, 9], 5555, [10, 0, 0, 1], 53)).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("10.0.0.9:5555->10.0.0.1:53"));
    let effects = sendto(&v4([10, 0, 0, 1], 53, [10, 0, 0, 9], 5555)).apply(&mut state);
    assert!(!effects.fd_name_changed);
    state.settle(effects);
    assert!(state.fd(100, 3).unwrap().is_server);
}

#[test]
fn messages_do_not_turn_a_stream_around() {
    let mut state = with_socket(2, 1);
    connect(0, &v4([127, 0, 0, 1], 38178, [127, 0, 0, 1], 80)).run(&mut state);
    recvfrom(&v4([127, 0, 0, 1], 80, [127, 0, 0, 1], 38178)).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("127.0.0.1:38178->127.0.0.1:80"));
}

#[test]
fn a_failed_message_changes_nothing() {
    let mut state = with_socket(2, 2);
    let failed = event(code::SOCKET_SENDTO_X, 100).i64(-111).absent().i64(3).u32(1);
    failed.raw(&v4([10, 0, 0, 1], 5, [10, 0, 0, 9], 6)).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some(""));
}

#[test]
fn unix_sockets_show_pointers_and_path() {
    let mut state = with_socket(1, 1);
    connect(-2, &unix(0, 0xffff_8800_3c42_0800, "/var/run/nscd/socket")).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some(""));
    connect(0, &unix(0xff2f, 0xee1f, "/run/x.sock")).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("ff2f->ee1f /run/x.sock"));
    let mut other = with_socket(1, 1);
    let mut path = vec![1];
    path.extend_from_slice(b"/run/y.sock\0");
    event(code::SOCKET_BIND_X, 100).i64(0).raw(&path).i64(3).run(&mut other);
    assert_eq!(name(&other, 100, 3).as_deref(), Some("/run/y.sock"));
}
