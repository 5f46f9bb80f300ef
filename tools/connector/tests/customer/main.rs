//! `connector customer`, on AWS, iCIMS and Crosschq as far as they are here.

#[path = "../support/mod.rs"]
mod support;

use support::Stage;

#[tokio::test]
async fn a_stack_without_customers_says_how_to_add_one() {
    let stage = Stage::empty().await;
    let listed = stage.connector(&["customer", "list"]).await.ok();
    assert_eq!(listed.stdout, "no customers yet: add one with `connector customer add`\n");
}

#[tokio::test]
async fn the_customers_are_listed() {
    let stage = Stage::with_demo().await;
    let listed = stage.connector(&["customer", "list", "--output", "json"]).await.ok().json();
    assert_eq!(listed[0]["customer"], "1234");
    assert_eq!(listed[0]["templates"], 1);
}
