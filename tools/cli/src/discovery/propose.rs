//! Proposing settings from what was seen.

use connector_core::domain::{AtsTag, Customer, Settings, StatusId};

use super::labels::meaning;
use super::look::{Seen, SeenField};
use super::proposal::{Certainty, Proposal, Setting};

/// What the settings should say besides what they say already.
pub(crate) fn propose(seen: &Seen, customer: &Customer) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = seen
        .statuses
        .iter()
        .filter_map(|(id, status)| of_status(id, status.label.as_deref()?, &customer.settings))
        .collect();
    proposals.extend(of_template_field(seen, customer));
    proposals.sort_by(|one, other| {
        (one.setting, one.certainty, &one.value).cmp(&(other.setting, other.certainty, &other.value))
    });
    proposals
}

fn of_status(id: &StatusId, label: &str, settings: &Settings) -> Option<Proposal> {
    let sets = &settings.icims.statuses;
    let mut known = sets.trigger.iter().chain(&sets.rejected).chain(&sets.withdrawn);
    // What has a meaning keeps it, and what we write ourselves must not call us back.
    if known.any(|known| known.may_be(id)) || settings.icims.stage_statuses.all().any(|(_, stage)| stage.may_be(id)) {
        return None;
    }
    let (setting, certainty, why) = meaning(label)?;
    // A second status that orders is a decision about real candidates.
    let certainty = match setting {
        Setting::Trigger if !sets.trigger.is_empty() => Certainty::Maybe,
        _ => certainty,
    };
    Some(Proposal { setting, value: id.to_string(), certainty, why })
}

/// The tags and names of the customer's templates among a field's values.
pub(crate) fn matches<'c>(list: &SeenField, customer: &'c Customer) -> Vec<&'c str> {
    let values: Vec<AtsTag> = list.values.iter().filter_map(|value| AtsTag::parse(value).ok()).collect();
    let is_named = |name: &str| AtsTag::parse(name).is_ok_and(|name| values.contains(&name));
    let known = customer.templates.iter().filter(|template| values.contains(&template.tag) || is_named(&template.name));
    known.map(|template| template.tag.as_str()).collect()
}

fn of_template_field(seen: &Seen, customer: &Customer) -> Vec<Proposal> {
    let configured = &customer.settings.icims.template_field;
    let propose = |list: &SeenField, certainty, why: String| Proposal {
        setting: Setting::TemplateField,
        value: list.field.name.clone(),
        certainty,
        why,
    };
    let mut found: Vec<(usize, &SeenField)> =
        seen.lists.iter().map(|list| (matches(list, customer).len(), list)).filter(|(count, _)| *count > 0).collect();
    found.sort_by_key(|(count, list)| (std::cmp::Reverse(*count), list.field.name != *configured));
    match found[..] {
        [(_, best), ..] if best.field.name == *configured => Vec::new(),
        [(most, best)] => {
            vec![propose(best, Certainty::Sure, format!("only its values name templates ({most} of them)"))]
        }
        [(most, best), (second, _), ..] => {
            let certainty = if most > second { Certainty::Sure } else { Certainty::Maybe };
            vec![propose(best, certainty, format!("its values name most templates ({most}; the next field {second})"))]
        }
        [] => {
            let names_us = |list: &&SeenField| {
                let label = list.field.label.as_deref().unwrap_or_default().to_lowercase();
                list.field.name != *configured && (label.contains("crosschq") || label.contains("reference"))
            };
            let like = seen.lists.iter().filter(names_us);
            like.map(|list| propose(list, Certainty::Maybe, "its label may mean reference checks".to_owned())).collect()
        }
    }
}

/// The settings with everything that is sure.
pub(crate) fn apply(proposals: &[Proposal], settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    for proposal in proposals.iter().filter(|proposal| proposal.certainty == Certainty::Sure) {
        let sets = &mut settings.icims.statuses;
        let set = match proposal.setting {
            Setting::Trigger => &mut sets.trigger,
            Setting::Rejected => &mut sets.rejected,
            Setting::Withdrawn => &mut sets.withdrawn,
            Setting::TemplateField => {
                settings.icims.template_field.clone_from(&proposal.value);
                continue;
            }
        };
        set.extend(StatusId::parse(&proposal.value));
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::super::look::SeenStatus;
    use super::*;
    use crate::testing::{self, draft};
    use crate::vendors::platform::{Field, FieldKind};

    fn customer(statuses: Value, tags: &[&str]) -> Customer {
        let template = |tag: &&str| draft(&format!("Name of {tag}"), tag, "any_references = 1").template;
        let icims = json!({"statuses": statuses, "stage_statuses": {"completed": "C9"}});
        testing::customer(json!({"icims": icims}), tags.iter().map(template).collect())
    }

    fn seen(statuses: &[(&str, &str)], lists: &[(&str, &[&str])]) -> Seen {
        let status = |(id, label): &(&str, &str)| {
            (id.parse().unwrap(), SeenStatus { label: Some((*label).to_owned()), workflows: 1 })
        };
        let list = |(name, values): &(&str, &[&str])| SeenField {
            field: Field { name: (*name).to_owned(), label: None, kind: FieldKind::List, children: Vec::new() },
            values: values.iter().map(|value| (*value).to_owned()).collect::<BTreeSet<_>>(),
        };
        Seen {
            statuses: statuses.iter().map(status).collect(),
            lists: lists.iter().map(list).collect(),
            ..Seen::default()
        }
    }

    fn told(proposals: &[Proposal]) -> Vec<(Setting, &str, Certainty)> {
        proposals.iter().map(|proposal| (proposal.setting, proposal.value.as_str(), proposal.certainty)).collect()
    }

    #[test]
    fn what_is_sure_is_added_and_nothing_is_taken_away() {
        let customer = customer(json!({"trigger":["C1"],"rejected":["C2"]}), &[]);
        let seen = seen(
            &[("C1", "Screen: Crosschq"), ("C3", "Rejected: Late"), ("C4", "Withdrawn"), ("C5", "Not selected")],
            &[],
        );
        let proposals = propose(&seen, &customer);
        assert_eq!(
            told(&proposals),
            [
                (Setting::Rejected, "C3", Certainty::Sure),
                (Setting::Rejected, "C5", Certainty::Maybe),
                (Setting::Withdrawn, "C4", Certainty::Sure)
            ]
        );
        let after = apply(&proposals, &customer.settings);
        assert_eq!(after.validate(), Ok(()));
        let ids = |set: &[StatusId]| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let sets = &after.icims.statuses;
        assert_eq!(
            (ids(&sets.trigger), ids(&sets.rejected), ids(&sets.withdrawn)),
            ("C1".into(), "C2,C3".into(), "C4".into())
        );
    }

    #[test]
    fn a_second_status_that_would_order_is_never_added_without_a_person() {
        let customer = customer(json!({"trigger":["C1"]}), &[]);
        let proposals = propose(&seen(&[("C7", "Onboard: Crosschq")], &[]), &customer);
        assert_eq!(told(&proposals), [(Setting::Trigger, "C7", Certainty::Maybe)]);
        assert_eq!(apply(&proposals, &customer.settings), customer.settings);
    }

    #[test]
    fn a_status_that_we_write_ourselves_is_not_proposed_whatever_its_label() {
        let customer = customer(json!({"trigger":["C1"]}), &[]);
        assert!(propose(&seen(&[("C9", "Rejected")], &[]), &customer).is_empty());
    }

    #[test]
    fn the_field_whose_values_name_templates_is_the_template_field() {
        let customer = customer(json!({"trigger":["C1"]}), &["sales-ae", "sdr"]);
        let one = seen(&[], &[("assessmenttype", &["codingtest"]), ("field77", &["SALES-AE ", "x"])]);
        assert_eq!(told(&propose(&one, &customer)), [(Setting::TemplateField, "field77", Certainty::Sure)]);
        let by_name = seen(&[], &[("field78", &["name of sdr"])]);
        assert_eq!(told(&propose(&by_name, &customer)), [(Setting::TemplateField, "field78", Certainty::Sure)]);
        let configured = seen(&[], &[("assessmenttype", &["sdr", "sales-ae"]), ("field77", &["sdr"])]);
        assert!(propose(&configured, &customer).is_empty());
        let torn = seen(&[], &[("field76", &["sdr"]), ("field77", &["sales-ae"])]);
        assert_eq!(told(&propose(&torn, &customer)), [(Setting::TemplateField, "field76", Certainty::Maybe)]);
        assert!(propose(&seen(&[], &[("field77", &["other"])]), &customer).is_empty());
    }
}
