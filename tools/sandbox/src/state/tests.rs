use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::file::StateFile;
use super::{Store, TrackedMap, World};
use crate::icims::edit::edit_profile;
use crate::icims::model::IssuedToken;
use crate::icims::profile_type::ProfileType;
use crate::world::{self, DemoOptions};

fn store(folder: &TempDir) -> Store {
    Store::open(Some(folder.path().join("state.json"))).unwrap()
}

fn bytes(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join("state.json")).unwrap()
}

fn state(store: &Store) -> Value {
    store.read(|world| serde_json::to_value(world).unwrap())
}

fn loaded(path: &Path) -> std::io::Result<Value> {
    StateFile::new(path.to_owned()).load().map(|world| serde_json::to_value(world).unwrap())
}

fn token(customer: &str) -> IssuedToken {
    IssuedToken { customer: customer.to_owned(), issued_at_ms: 0, expires_at_ms: 1, revoked: false }
}

fn push(number: u64) -> crate::PushRecord {
    crate::PushRecord { number, ..Default::default() }
}

fn rename(world: &mut World, person: u64, name: &str) {
    let fields = json!({"firstname": name}).as_object().cloned().unwrap();
    edit_profile(world, "1234", ProfileType::People, person, &fields).unwrap();
}

fn add_people(world: &mut World, count: u64) {
    for id in 10_000..10_000 + count {
        let fields = json!({"firstname": "Ann", "lastname": "Other"}).as_object().cloned().unwrap();
        crate::icims::edit::create_profile(world, "1234", ProfileType::People, Some(id), &fields).unwrap();
    }
}

/// Every kind of change, one after the other.
fn changes() -> Vec<fn(&mut World)> {
    vec![
        |world| {
            world::build(world, &DemoOptions::default());
        },
        |world| world.clock.advance(5),
        |world| rename(world, 2001, "Augusta"),
        |world| world.icims.tokens.insert("one".to_owned(), token("1234")),
        |world| world.icims.tokens.insert("two".to_owned(), token("5678")),
        |world| assert_eq!(world.icims.tokens.change_all(|t| t.customer == "1234", |t| t.revoked = true), 1),
        |world| world.icims.tokens.retain(|t| t.customer == "1234"),
        |world| {
            // Here and gone again before anything is saved.
            world.icims.tokens.insert("brief".to_owned(), token("1234"));
            world.icims.tokens.remove("brief");
        },
        |world| {
            // Gone and back, as another.
            world.icims.tokens.remove("one");
            world.icims.tokens.insert("one".to_owned(), token("back"));
        },
        |world| {
            let customer = world.icims.customers.get_mut("1234").unwrap();
            customer.quota.used += 1;
            customer.settings.push.drop_next = 3;
            customer.fresh_id();
            *customer.push_token = Some(("token".to_owned(), 5));
            customer.pushes.append(push);
        },
        |world| {
            let customer = world.icims.customers.get_mut("1234").unwrap();
            *customer.push_token = None;
            customer.pushes.append(push);
            customer.pushes.append(push);
        },
        |world| {
            let customer = world.icims.customers.get_mut("1234").unwrap();
            customer.pushes.get_mut(&2).unwrap().status = Some(500);
        },
        |world| world.icims.customers.get_mut("1234").unwrap().pushes.retain(|_| false),
        |world| {
            let pushes = &mut world.icims.customers.get_mut("1234").unwrap().pushes;
            pushes.append(push);
        },
        |world| {
            // A kind of profile that is emptied, and a person who goes.
            let profiles = &mut world.icims.customers.get_mut("1234").unwrap().profiles;
            profiles.insert(ProfileType::Companies, TrackedMap::default());
            profiles.get_mut(&ProfileType::People).unwrap().remove(&2003_u64);
        },
        |world| {
            let org = world.crosschq.orgs.get_mut("1234").unwrap();
            org.send_message(1, "request", "email", "a@b.example", "invitation");
            org.requests.get_or_insert_with("request".to_owned(), crate::crosschq::model::Request::default).number = 1;
        },
        |world| {
            let org = world.crosschq.orgs.get_mut("1234").unwrap();
            org.requests.get_or_insert_with("request".to_owned(), crate::crosschq::model::Request::default).past_due =
                true;
        },
        |world| {
            // A whole customer in another's place.
            let customer = world.icims.customers.remove("1234").unwrap();
            world.icims.customers.insert("99".to_owned(), customer);
        },
        |_| (),
        |world| *world = World::default(),
        |world| {
            world::build(world, &DemoOptions::default());
        },
    ]
}

#[test]
fn whatever_changes_is_in_the_file_after_the_save() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    for (step, change) in changes().into_iter().enumerate() {
        store.write(change);
        store.flush().unwrap();
        assert_eq!(loaded(&folder.path().join("state.json")).unwrap(), state(&store), "after step {step}");
    }
}

#[test]
fn a_kill_at_any_byte_of_a_save_leaves_the_state_before_it() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    let mut states = Vec::new();
    for change in changes() {
        store.write(change);
        store.flush().unwrap();
        states.push((bytes(&folder).len(), state(&store)));
    }
    let all = bytes(&folder);
    let torn = folder.path().join("torn.json");
    let (document, _) = states[0];
    assert!(all.len() > document, "the later saves are behind the first");
    // Every byte of the short lines; the long ones are all of one kind.
    for end in (document..=all.len()).filter(|end| *end < document + 500 || end % 97 == 0 || all.len() - end < 40) {
        fs::write(&torn, &all[..end]).unwrap();
        let (_, wanted) = states.iter().rfind(|(saved, _)| *saved <= end).unwrap();
        assert_eq!(&loaded(&torn).unwrap(), wanted, "killed at byte {end}");
    }
}

#[test]
fn a_state_that_was_torn_goes_on_and_keeps_what_comes_after() {
    let folder = TempDir::new().unwrap();
    let first = store(&folder);
    first.write(|world| world::build(world, &DemoOptions::default()));
    first.flush().unwrap();
    first.write(|world| world.clock.advance(5));
    first.flush().unwrap();
    let mut torn = bytes(&folder);
    torn.truncate(torn.len() - 3);
    fs::write(folder.path().join("state.json"), torn).unwrap();

    let second = store(&folder);
    second.write(|world| rename(world, 2001, "Augusta"));
    second.flush().unwrap();
    second.write(|world| rename(world, 2002, "Amazing"));
    second.flush().unwrap();
    assert_eq!(state(&store(&folder)), state(&second));
}

#[test]
fn a_line_of_nonsense_before_the_last_is_an_error() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.json");
    for nonsense in ["nonsense\n", "[{\"at\":[\"nowhere\",\"x\"],\"is\":1}]\n", "[{\"at\":[],\"is\":1}]\n"] {
        fs::write(&path, format!("{{}}\n{nonsense}")).unwrap();
        assert!(Store::open(Some(path.clone())).is_err(), "{nonsense}");
        assert!(fs::read_to_string(&path).unwrap().ends_with(nonsense), "it is left alone");
    }
}

#[test]
fn a_change_costs_the_same_in_a_large_world_as_in_a_small_one() {
    let cost = |people: u64| {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        store.write(|world| {
            world::build(world, &DemoOptions::default());
            world.clock.frozen_at_ms = Some(1_800_000_000_000);
            add_people(world, people);
        });
        store.flush().unwrap();
        let document = bytes(&folder).len();
        for name in ["Augusta", "Ada"] {
            store.write(|world| rename(world, 2001, name));
            store.flush().unwrap();
        }
        (document, bytes(&folder).len() - document)
    };
    let (small, large) = (cost(0), cost(5_000));
    assert!(large.0 > small.0 * 20, "the one world is much larger: {small:?} {large:?}");
    assert_eq!(small.1, large.1, "and a change in it is not");
}

#[test]
fn the_file_does_not_outgrow_its_state_for_long() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    store.write(|world| world::build(world, &DemoOptions::default()));
    let mut longest = 0;
    for turn in 0..3_000 {
        store.write(|world| rename(world, 2001, &format!("Ada {turn}")));
        store.flush().unwrap();
        longest = longest.max(bytes(&folder).len());
    }
    assert!(longest < 400_000, "{longest}");
    assert_eq!(state(&Store::open(Some(folder.path().join("state.json"))).unwrap()), state(&store));
}

#[test]
fn a_count_of_calls_goes_along_with_the_next_change() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    store.write(|world| world::build(world, &DemoOptions::default()));
    store.flush().unwrap();
    let before = bytes(&folder);
    store.write_later(|world| world.icims.customers.get_mut("1234").unwrap().quota.used += 1);
    store.flush().unwrap();
    assert_eq!(bytes(&folder), before);
    store.write(|world| rename(world, 2001, "Augusta"));
    store.flush().unwrap();
    assert_eq!(loaded(&folder.path().join("state.json")).unwrap(), state(&store));
}

#[test]
fn a_closed_store_leaves_one_document_and_writes_no_more() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    for change in changes() {
        store.write(change);
        store.flush().unwrap();
    }
    let wanted = state(&store);
    store.close();
    assert_eq!(serde_json::from_slice::<Value>(&bytes(&folder)).unwrap(), wanted);
    store.write(|world| world.clock.advance(5));
    store.flush().unwrap();
    assert_eq!(loaded(&folder.path().join("state.json")).unwrap(), wanted);
}
