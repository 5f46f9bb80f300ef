//! The demo with every kind of customer.

use crate::alone;
use crate::played::played;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_plays_with_every_variant() {
    let _alone = alone().await;
    for demo in played().await {
        let [_, push, gzip] = demo.variant;
        assert!(demo.status.success(), "{:?}: {}\n{}", demo.variant, demo.status, demo.said);
        let how = format!("pushes the event ({push}{})", if gzip == "on" { ", gzip" } else { "" });
        // Two orders, a rejection and an order that is refused.
        assert_eq!(demo.said.matches(&how).count(), 4, "{:?}:\n{}", demo.variant, demo.said);
        for line in [
            "Crosschq 360: Complete | Complete, 2 of 2 references",
            "Crosschq 360: Incomplete | Cancelled",
            "message: Crosschq needs the candidate's e-mail address",
            "Crosschq holds 2 reference requests and would have sent 10 e-mails and text messages.",
        ] {
            assert!(demo.said.contains(line), "{:?}: {line:?} is missing:\n{}", demo.variant, demo.said);
        }
    }
}
