use reqwest::Method;
use sandbox::control::types::{Advance, Release};
use sandbox::{Control, CustomerSettings, FieldDef, FieldKind, ProfileType, Step};
use serde_json::json;

use crate::support::{TestEnv, order, refusal};

#[tokio::test]
async fn both_ports_serve_the_control_plane() {
    let env = TestEnv::start().await;
    for url in [env.sandbox.icims_url(), env.sandbox.crosschq_url()] {
        let summary = Control::new(url).call(Method::GET, "", None).await.unwrap();
        assert_eq!(summary["icims_url"], env.sandbox.icims_url());
        assert_eq!((&summary["customers"], &summary["orgs"]), (&json!(["1234"]), &json!(["1234"])));
    }
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let env = TestEnv::start().await;
    let customer = env.customer();
    for (patch, field) in [
        (json!({"push": {"gzip": "yes"}}), "push.gzip"),
        (json!({"push": {"gzipped": true}}), "push.gzipped"),
        (json!({"push": {"auth": {"kind": "basic", "user": "u"}}}), "push.auth.password"),
        (json!({"push": {"auth": {"kind": "magic"}}}), "push.auth.kind"),
        (json!({"quota": -1}), "quota"),
        (json!({"required_fields": {"persons": []}}), "required_fields"),
        (json!({"nonsense": 1}), "nonsense"),
    ] {
        let (status, named, message) = refusal(customer.configure(patch.clone()).await);
        assert_eq!((status, named.as_str()), (400, field), "{patch}: {message}");
    }
    for (path, body, field) in [
        ("icims/customers/1234/workflows/13437/advance", json!({}), "status"),
        ("icims/customers/1234/workflows/13437/advance", json!({"status": "Nowhere"}), "status"),
        ("icims/customers/1234/profiles/people", json!({"nosuch": "x"}), "nosuch"),
        ("icims/customers/1234/profiles/people", json!({"id": "x"}), "id"),
        ("icims/customers/1234/people/2001/merge", json!({"into": 1}), "into"),
        ("clock", json!({"advance_ms": -1}), "advance_ms"),
        ("clock", json!({"hours": 1}), "hours"),
        ("icims/faults", json!({"fault": {"kind": "status", "status": 200}}), "fault.status"),
        ("icims/faults", json!({"times": 1}), "fault"),
        ("demo", json!({"custmer": "1"}), "custmer"),
    ] {
        let (status, named, message) = refusal(env.control.call(Method::POST, path, Some(&body)).await);
        assert_eq!((status, named.as_str()), (400, field), "{path} {body}: {message}");
    }
    let (status, named, _) = refusal(env.control.icims("abc").put(&CustomerSettings::default()).await);
    assert_eq!((status, named.as_str()), (400, "customer"));
}

#[tokio::test]
async fn what_does_not_exist_is_a_404() {
    let env = TestEnv::start().await;
    assert_eq!(refusal(env.control.icims("9").settings().await).0, 404);
    assert_eq!(refusal(env.customer().advance(1, "C38356").await).0, 404);
    assert_eq!(refusal(env.customer().view(1).await).0, 404);
    assert_eq!(refusal(env.control.crosschq("9").settings().await).0, 404);
    assert_eq!(refusal(env.org().step("nope", &Step::Cancel).await).0, 404);
    assert_eq!(refusal(env.control.crosschq("9").release(&Release::default()).await).0, 404);
    assert_eq!(refusal(env.control.call(Method::GET, "mars/faults", None).await).0, 404);
}

#[tokio::test]
async fn a_patch_keeps_what_it_does_not_name_and_null_means_the_default() {
    let env = TestEnv::start().await;
    let auth = json!({"kind": "basic", "user": "u", "password": "p"});
    let changed = env.customer().configure(json!({"quota": 5, "push": {"auth": auth}})).await.unwrap();
    assert_eq!(changed.quota, 5);
    assert!(changed.push.url.is_some() && changed.push.statuses.is_some());
    let auth = json!({"kind": "path_secret", "secret": "s"});
    let changed =
        env.customer().configure(json!({"quota": null, "push": {"auth": auth, "statuses": null}})).await.unwrap();
    assert_eq!((changed.quota, changed.push.statuses), (10_000, None));
}

#[tokio::test]
async fn a_customer_can_be_built_from_nothing() {
    let env = TestEnv::start().await;
    let customer = env.control.icims("77");
    customer.put(&CustomerSettings::default()).await.unwrap();
    customer.add_node("statuses", &sandbox::Node::new("C5", "References")).await.unwrap();
    customer.add_node("lists.packages", &sandbox::Node::new("C6", "gold")).await.unwrap();
    let field = FieldDef::of_list(FieldKind::List, "Package", "lists.packages");
    customer.put_field(ProfileType::Jobs, "field23848", &field).await.unwrap();
    let person = customer.create(ProfileType::People, json!({"firstname": "A", "lastname": "B"})).await.unwrap();
    let job =
        customer.create(ProfileType::Jobs, json!({"jobtitle": "T", "field23848": {"value": "gold"}})).await.unwrap();
    let fields = json!({"associatedprofile": person, "baseprofile": {"id": job}, "status": {"id": "D10100"}});
    let workflow = customer.create(ProfileType::ApplicantWorkflows, fields).await.unwrap();
    customer.edit(ProfileType::People, person, json!({"email": "a@x.example", "firstname": null})).await.unwrap();
    customer.advance_as(workflow, &Advance { status: "References".into(), user: Some(person) }).await.unwrap();
    let view = customer.view(workflow).await.unwrap();
    assert_eq!(
        (view.status.id.as_str(), view.candidate.as_deref(), view.job_title.as_deref()),
        ("C5", Some("B"), Some("T"))
    );
    assert_eq!(view.history.last().unwrap().by, person);
    assert_eq!(
        (person, job, workflow),
        (1001, 1002, 1003),
        "ids are counted, so that a story reads the same every time"
    );
}

#[tokio::test]
async fn a_reset_forgets_everything() {
    let env = TestEnv::start().await;
    env.create(order()).await;
    env.control.advance_clock(1_000_000).await.unwrap();
    env.control.reset().await.unwrap();
    let summary = env.control.call(Method::GET, "", None).await.unwrap();
    assert_eq!((&summary["customers"], &summary["orgs"]), (&json!([]), &json!([])));
    env.control.ensure_demo().await.unwrap();
    assert_eq!(env.customer().view(13437).await.unwrap().candidate.as_deref(), Some("Ada Byron"));
}

#[tokio::test]
async fn a_frozen_clock_moves_only_when_it_is_advanced() {
    let env = TestEnv::start().await;
    let frozen = env.control.freeze_clock(true).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(env.control.clock().await.unwrap(), frozen);
    let later = env.control.advance_clock(60_000).await.unwrap();
    assert_eq!(later.now_ms - frozen.now_ms, 60_000);
    let running = env.control.freeze_clock(false).await.unwrap();
    assert!(!running.frozen && running.now_ms >= later.now_ms);
}
