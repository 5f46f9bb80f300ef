//! Whether a template can work: in itself, and for the survey that it names (docs/vendors/crosschq.md §1.3, §1.4, §4).

use std::collections::BTreeSet;

use connector_core::domain::{HiringManagerRule, Order, Relationship, Template};
use connector_core::ports::Survey;

use super::{Problem, nearest};

/// How many surveys a message lists.
const LISTED: usize = 12;

/// What is wrong with a template whatever its survey says, beyond what keeps it from being read at all.
pub(crate) fn alone(template: &Template) -> Vec<Problem> {
    let tag = &template.tag;
    let mut problems = Vec::new();
    if let HiringManagerRule::Fixed { first_name, last_name, .. } = &template.hiring_manager {
        for (field, name) in [("first_name", first_name), ("last_name", last_name)] {
            if name.trim().is_empty() {
                problems.push(Problem {
                    message: format!(
                        "template {tag}: `hiring_manager.fixed.{field}` is empty, so nobody would be named"
                    ),
                    fix: "give first name, last name and e-mail address".to_owned(),
                });
            }
        }
    }
    for note in template.notes.iter().filter_map(|note| note.relationship.as_ref()) {
        if asked(template, note) == 0 && template.any_references == 0 {
            problems.push(Problem {
                message: format!("template {tag}: a note is about {note}, and no such reference is asked for"),
                fix: format!("raise `references.{note}`, or remove the note"),
            });
        }
    }
    problems.extend(concluding(template));
    problems
}

/// Crosschq would wait for what never comes.
fn concluding(template: &Template) -> Option<Problem> {
    let rule = template.auto_conclude.as_ref()?;
    let tag = &template.tag;
    let problem = |message: String, fix: &str| Some(Problem { message, fix: fix.to_owned() });
    let total = total(template);
    let kinds: u32 = rule.by_relationship.values().map(|&count| u32::from(count)).sum();
    if rule.min_total == 0 && kinds == 0 {
        return problem(
            format!("template {tag}: `auto_conclude` asks for no reference at all"),
            "raise `auto_conclude.min_total` to at least 1, or remove `auto_conclude`",
        );
    }
    if u32::from(rule.min_total) > total || kinds > total {
        return problem(
            format!(
                "template {tag}: `auto_conclude` waits for {} references, and only {total} are asked for",
                u32::from(rule.min_total).max(kinds)
            ),
            "lower it, or ask for more references",
        );
    }
    for (relationship, &least) in &rule.by_relationship {
        let most = asked(template, relationship).saturating_add(u32::from(template.any_references));
        if u32::from(least) > most {
            return problem(
                format!(
                    "template {tag}: `auto_conclude.by_relationship.{relationship}` is {least}, and at most {most} are asked for"
                ),
                "lower it, or ask for more of them",
            );
        }
    }
    None
}

/// What is wrong with a template for the surveys that Crosschq lists. `extensions` as in the customer's settings: without
/// them, references of any kind are asked for as `peers`.
pub(crate) fn survey(template: &Template, surveys: &[Survey], extensions: bool) -> Vec<Problem> {
    let tag = &template.tag;
    let Some(survey) = surveys.iter().find(|survey| survey.id == template.survey) else {
        return vec![unknown_survey(template, surveys)];
    };
    let mut problems = Vec::new();
    let offered: BTreeSet<&str> = survey.limits.keys().map(String::as_str).collect();
    let counted: BTreeSet<&str> = template.references.keys().map(Relationship::as_str).collect();
    let peers = Relationship::PEERS;
    for key in offered.iter().chain(&counted).copied().chain([peers.as_str()]).collect::<BTreeSet<_>>() {
        let mut wanted = template.references.iter().find(|(of, _)| of.as_str() == key).map_or(0, |(_, &n)| n.into());
        let counts_any = !extensions && key == peers.as_str() && template.any_references > 0;
        if counts_any {
            wanted += u32::from(template.any_references);
        }
        let what = if counts_any {
            format!("`references.{key}` with `any_references`, which are asked for as {key}, is {wanted}")
        } else {
            format!("`references.{key}` is {wanted}")
        };
        let range = survey.limits.get(key).copied();
        let shown = match range {
            Some((least, _)) if wanted < u32::from(least) => format!("takes no less than {least}"),
            Some((_, most)) if wanted > u32::from(most) => format!("takes no more than {most}"),
            // Where Crosschq tells no relationships at all, it may take any.
            None if wanted > 0 && !offered.is_empty() => "takes none of that kind".to_owned(),
            _ => continue,
        };
        let fix = match range {
            Some((least, most)) => format!("set it between {least} and {most}"),
            None => instead_of(key, &offered),
        };
        problems.push(Problem { message: format!("template {tag}: {what}, and survey {} {shown}", survey.id), fix });
    }
    let concluding = template.auto_conclude.iter().flat_map(|rule| rule.by_relationship.keys());
    let mentioned = template.notes.iter().filter_map(|note| note.relationship.as_ref()).chain(concluding);
    for key in mentioned.map(Relationship::as_str).collect::<BTreeSet<_>>() {
        if !offered.is_empty() && !offered.contains(key) && !counted.contains(key) {
            problems.push(Problem {
                message: format!(
                    "template {tag}: `notes` or `auto_conclude` name {key}, and survey {} has no references of that kind",
                    survey.id
                ),
                fix: instead_of(key, &offered),
            });
        }
    }
    let total = total(template);
    if total < u32::from(survey.min_total) {
        problems.push(Problem {
            message: format!(
                "template {tag}: it asks for {total} references in all, and the Crosschq account for at least {}",
                survey.min_total
            ),
            fix: "ask for more references".to_owned(),
        });
    }
    problems
}

fn instead_of(key: &str, offered: &BTreeSet<&str>) -> String {
    let all = offered.iter().copied().collect::<Vec<_>>().join(", ");
    match nearest(key, offered.iter().copied()) {
        Some(near) => format!("did you mean {near}? The survey has {all}"),
        None => format!("ask for {all} instead"),
    }
}

fn unknown_survey(template: &Template, surveys: &[Survey]) -> Problem {
    let wanted = template.survey.as_str();
    let by_name = surveys.iter().find(|survey| survey.name.trim().eq_ignore_ascii_case(wanted));
    let by_id = || nearest(wanted, surveys.iter().map(|survey| survey.id.as_str()));
    let listed: Vec<&str> = surveys.iter().take(LISTED).map(|survey| survey.id.as_str()).collect();
    let dots = if surveys.len() > LISTED { ", …" } else { "" };
    let fix = match by_name.map(|survey| survey.id.as_str()).or_else(by_id) {
        Some(near) => format!("did you mean {near}? Crosschq lists: {}{dots}", listed.join(", ")),
        None if surveys.is_empty() => "switch surveys on in Crosschq: it lists none".to_owned(),
        None => format!("use one of {}{dots}, or switch it on in Crosschq", listed.join(", ")),
    };
    Problem {
        message: format!(
            "template {}: Crosschq lists no survey {wanted}: it is misspelt, or switched off there",
            template.tag
        ),
        fix,
    }
}

/// What will not happen although the template says so, and what cannot be known; nothing that keeps it from working.
/// `surveys` are those that Crosschq lists; none if it could not be asked.
pub(crate) fn doubts(template: &Template, surveys: &[Survey], extensions: bool) -> Vec<String> {
    let tag = &template.tag;
    let mut doubts = Vec::new();
    let survey = surveys.iter().find(|survey| survey.id == template.survey && !survey.limits.is_empty());
    let own: Vec<&str> = template.references.keys().filter(|of| !of.is_known()).map(Relationship::as_str).collect();
    match survey {
        None if !own.is_empty() => doubts.push(format!(
            "template {tag}: whether Crosschq has the kinds of references {} is not known: it may refuse each order",
            own.join(", ")
        )),
        Some(survey) if !own.is_empty() => {
            let named = |key: &str| template.references.keys().any(|of| of.as_str() == key);
            let left_out: Vec<&str> = survey.limits.keys().map(String::as_str).filter(|key| !named(key)).collect();
            if !left_out.is_empty() {
                doubts.push(format!(
                    "template {tag}: nothing is sent about {}: Crosschq may ask for what its survey has by default; set 0 to ask for none",
                    left_out.join(", ")
                ));
            }
        }
        _ => {}
    }
    let longest = Order::POSITION_MAX_CHARS;
    if template.position.as_ref().is_some_and(|position| position.trim().chars().count() > longest) {
        doubts.push(format!("template {tag}: `position` is cut after {longest} characters"));
    }
    if template.notifications.sms_text.is_some() {
        let why = if template.notifications.sms {
            "Crosschq's API is not known to take it"
        } else {
            "text messages are switched off"
        };
        doubts.push(format!("template {tag}: `notifications.sms_text` is kept but not sent: {why}"));
    }
    if template.auto_conclude.is_some() && !extensions {
        doubts.push(format!(
            "template {tag}: `auto_conclude` is kept but not sent: the customer's `crosschq.extensions` is off; set the rule in Crosschq"
        ));
    }
    doubts
}

fn asked(template: &Template, relationship: &Relationship) -> u32 {
    template.references.get(relationship).copied().unwrap_or(0).into()
}

fn total(template: &Template) -> u32 {
    template.references.values().map(|&count| u32::from(count)).sum::<u32>() + u32::from(template.any_references)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(fields: &str) -> Template {
        crate::testing::draft("A", "a", fields).template
    }

    fn surveys() -> Vec<Survey> {
        let of = |id: &str, name: &str, limits: &[(&str, (u8, u8))], min_total| Survey {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            limits: limits.iter().map(|(key, range)| ((*key).to_owned(), *range)).collect(),
            min_total,
        };
        vec![
            of("sales", "Sales", &[("managers", (1, 3)), ("peers", (0, 2))], 2),
            of("sales-2019", "Sales of 2019", &[], 0),
        ]
    }

    #[test]
    fn counts_outside_of_a_surveys_range_are_reported_with_the_range() {
        for (fields, shown) in [
            ("references = {managers = 1, peers = 1}", None),
            ("references = {managers = 4}", Some("`references.managers` is 4, and survey sales takes no more than 3")),
            ("references = {peers = 2}", Some("`references.managers` is 0, and survey sales takes no less than 1")),
            ("references = {managers = 1, social = 1}", Some("`references.social` is 1, and survey sales takes none")),
            (
                "references = {managers = 1}",
                Some("asks for 1 references in all, and the Crosschq account for at least 2"),
            ),
            ("references = {managers = 1, peers = 1}\nany_references = 2", Some("which are asked for as peers, is 3")),
        ] {
            let problems = survey(&template(fields), &surveys(), false);
            match shown {
                None => assert_eq!(problems, [], "{fields}"),
                Some(shown) => {
                    assert_eq!(problems.len(), 1, "{fields}: {problems:?}");
                    assert!(problems[0].message.contains(shown), "{:?}", problems[0]);
                }
            }
        }
        let any = template("references = {managers = 1, peers = 1}\nany_references = 2");
        assert_eq!(survey(&any, &surveys(), true), [], "any kind has a key of its own there");
    }

    #[test]
    fn a_survey_that_is_not_listed_is_reported_with_the_nearest_one() {
        let mut misspelt = template("any_references = 2");
        for (id, shown) in [("salse", "did you mean sales?"), ("nurse", "use one of sales, sales-2019")] {
            misspelt.survey = id.parse().unwrap();
            let problems = survey(&misspelt, &surveys(), true);
            assert!(problems[0].message.contains(&format!("no survey {id}")), "{problems:?}");
            assert!(problems[0].fix.contains(shown), "{problems:?}");
        }
        assert!(survey(&misspelt, &[], true)[0].fix.contains("it lists none"));
    }

    #[test]
    fn a_survey_that_tells_no_relationships_takes_all() {
        let mut free = template("references = {social = 9}");
        free.survey = "sales-2019".parse().unwrap();
        assert_eq!(survey(&free, &surveys(), false), []);
    }

    #[test]
    fn a_kind_of_the_accounts_own_is_held_against_the_survey_and_a_slip_is_reported_with_what_it_has() {
        let mut surveys = surveys();
        surveys[0].limits.insert("former_clients".to_owned(), (0, 2));
        let own = template("references = {managers = 1, former_clients = 2}");
        assert_eq!(survey(&own, &surveys, true), []);
        let doubt = doubts(&own, &surveys, true);
        assert!(doubt.len() == 1 && doubt[0].contains("nothing is sent about peers"), "{doubt:?}");
        let whole = template("references = {managers = 1, peers = 0, former_clients = 2}");
        assert_eq!(doubts(&whole, &surveys, true), Vec::<String>::new());
        let over = survey(&template("references = {managers = 1, former_clients = 3}"), &surveys, true);
        assert!(over[0].message.contains("former_clients` is 3, and survey sales takes no more than 2"), "{over:?}");
        let slip = survey(&template("references = {managers = 1, former_client = 2}"), &surveys, true);
        assert!(slip[0].message.contains("takes none of that kind"), "{slip:?}");
        assert_eq!(slip[0].fix, "did you mean former_clients? The survey has former_clients, managers, peers");
        let noted = template(
            "references = {managers = 2}\nany_references = 1\nnotes = [{relationship = \"boss\", note = \"x\"}]",
        );
        let noted = survey(&noted, &surveys, true);
        assert!(noted.len() == 1 && noted[0].message.contains("name boss, and survey sales has no"), "{noted:?}");
        let unasked = doubts(&own, &[], true);
        assert!(unasked.len() == 1 && unasked[0].contains("former_clients is not known"), "{unasked:?}");
    }

    #[test]
    fn closing_early_must_be_possible_with_what_is_asked_for() {
        for (rule, shown) in [
            ("{min_total = 2, after_days = 0}", None),
            ("{min_total = 0, after_days = 3, by_relationship = {managers = 1}}", None),
            ("{min_total = 0, after_days = 3}", Some("asks for no reference at all")),
            ("{min_total = 4, after_days = 3}", Some("waits for 4 references, and only 3 are asked for")),
            (
                "{min_total = 1, after_days = 3, by_relationship = {managers = 3}}",
                Some("by_relationship.managers` is 3"),
            ),
            ("{min_total = 1, after_days = 3, by_relationship = {social = 1}}", None),
        ] {
            let fields =
                format!("references = {{managers = 1, peers = 1}}\nany_references = 1\nauto_conclude = {rule}");
            let problems = alone(&template(&fields));
            assert_eq!(problems.is_empty(), shown.is_none(), "{rule}: {problems:?}");
            if let Some(shown) = shown {
                assert!(problems[0].message.contains(shown), "{problems:?}");
            }
        }
    }

    #[test]
    fn a_note_must_be_about_a_reference_that_is_asked_for() {
        let noted = "references = {managers = 1}\nnotes = [{relationship = \"peers\", note = \"x\"}]";
        assert!(alone(&template(noted))[0].message.contains("about peers"));
        assert_eq!(alone(&template(&format!("any_references = 1\n{noted}"))), []);
    }

    #[test]
    fn what_crosschq_will_not_be_reported_is_a_doubt_and_no_problem() {
        let all = template(
            "any_references = 1\nauto_conclude = {min_total = 1, after_days = 1}\nnotifications = {sms_text = \"x\"}",
        );
        assert_eq!(doubts(&all, &surveys(), false).len(), 2);
        assert_eq!(doubts(&all, &surveys(), true).len(), 1);
        assert_eq!(alone(&all), []);
    }
}
