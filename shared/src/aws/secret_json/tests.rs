use super::*;

fn parse(json: &serde_json::Value) -> Result<SecretSet, String> {
    Stored { version: "v-1".to_owned(), json: json.to_string().into() }.parse()
}

fn whole() -> serde_json::Value {
    serde_json::json!({
        "icims": {"oauth": {"client_id": "id", "client_secret": "secret-1"}},
        "push": {"basic": {"user": "u", "password": "secret-2"}, "hmac": {"user": "h", "key": "secret-3"},
                 "oauth": {"client_id": "1234.x", "client_secret": "secret-4"}, "token_key": "secret-5",
                 "path_secret": "secret-6"},
        "crosschq": {"token": "secret-7"},
        "callback": {"path_secret": "secret-8", "token": "secret-9"}
    })
}

#[test]
fn every_secret_lands_where_it_belongs() {
    let set = parse(&whole()).unwrap();
    let shown = |secret: &SecretString| secret.expose_secret().to_owned();
    assert_eq!(set.version, "v-1");
    let IcimsCredential::OAuth { client_id, client_secret } = &set.icims else { panic!("{:?}", set.icims) };
    assert_eq!((client_id.as_str(), shown(client_secret)), ("id", "secret-1".to_owned()));
    assert_eq!(shown(&set.push.basic.unwrap().password), "secret-2");
    assert_eq!(shown(&set.push.hmac.unwrap().password), "secret-3");
    assert_eq!(shown(&set.push.oauth.unwrap().password), "secret-4");
    assert_eq!(shown(&set.push.token_key.unwrap()), "secret-5");
    assert_eq!(shown(&set.push.path_secret.unwrap()), "secret-6");
    assert_eq!(shown(&set.crosschq_token), "secret-7");
    assert_eq!(shown(&set.callback.path_secret), "secret-8");
    assert_eq!(shown(&set.callback.token.unwrap()), "secret-9");
}

#[test]
fn what_icims_does_not_prove_itself_with_may_be_left_out() {
    let least = serde_json::json!({
        "icims": {"basic": {"user": "u", "password": "p"}},
        "crosschq": {"token": "t"},
        "callback": {"path_secret": "p"}
    });
    let set = parse(&least).unwrap();
    assert!(matches!(set.icims, IcimsCredential::Basic(_)));
    assert!(set.push.basic.is_none() && set.callback.token.is_none());
}

#[test]
fn a_secret_that_does_not_read_names_its_key_and_shows_no_value() {
    let with = |pointer: &str, value: serde_json::Value| {
        let mut json = whole();
        *json.pointer_mut(pointer).unwrap() = value;
        json
    };
    for (json, named) in [
        (with("/crosschq/token", 5.into()), "crosschq.token: cannot be read"),
        (with("/crosschq/token", " ".into()), "crosschq.token: must not be empty"),
        (with("/callback/path_secret", "".into()), "callback.path_secret: must not be empty"),
        (with("/callback", serde_json::json!({"token": "hunter2"})), "callback: missing field `path_secret`"),
        (with("/push/hmac", serde_json::json!({"user": "u", "hunter2": "x"})), "push.hmac"),
        (with("/icims", serde_json::json!({"hunter2": {}})), "icims"),
    ] {
        let why = parse(&json).unwrap_err();
        assert!(why.starts_with(named), "{why}");
        assert!(!why.contains("hunter2") && !why.contains("secret-"), "{why}");
    }
    let no_json = Stored { version: String::new(), json: "hunter2".into() }.parse().unwrap_err();
    assert!(!no_json.contains("hunter2"), "{no_json}");
}

#[test]
fn secrets_cannot_be_printed() {
    let printed = format!("{:?}", parse(&whole()).unwrap());
    assert!(!printed.contains("secret-"), "{printed}");
}
