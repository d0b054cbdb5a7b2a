// A filled checklist (handed in as `checklist`) against the runs that it gives as evidence (handed
// in as `run NAME`, each as a program of the path prints it with --json).

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

// A sentence, not a word.
constexpr std::size_t reason_min = 20;

// One line of the checklist: what is said about an item, and why.
struct Entry {
    std::string item;
    std::string state;
    std::string run;
    std::string check;
    std::string why;
};

using Texts = std::map<std::string, std::string>;

std::vector<Entry> entries(const Texts& handed_in) {
    std::vector<Entry> all;
    const auto found = handed_in.find("checklist");
    if (found == handed_in.end()) {
        return all;
    }
    const auto document = http::JsonDocument::parse(found->second);
    if (!document) {
        return all;
    }
    for (const auto entry : document->root().elements()) {
        all.push_back({.item = std::string(entry["item"].string_or("")),
                       .state = std::string(entry["state"].string_or("")),
                       .run = std::string(entry["run"].string_or("")),
                       .check = std::string(entry["check"].string_or("")),
                       .why = std::string(entry["why"].string_or(""))});
    }
    return all;
}

// `run/check` to its status, over everything that was handed in.
std::map<std::string, std::string> statuses(const Texts& handed_in) {
    constexpr std::string_view prefix = "run ";
    std::map<std::string, std::string> all;
    for (const auto& [name, text] : handed_in) {
        const auto document = http::JsonDocument::parse(text);
        if (!name.starts_with(prefix) || !document) {
            continue;
        }
        for (const auto run : document->root()["runs"].elements()) {
            for (const auto check : run["checks"].elements()) {
                all[fmt::format("{}/{}", name.substr(prefix.size()), check["id"].string_or(""))] =
                    check["status"].string_or("unknown");
            }
        }
    }
    return all;
}

Finding none() {
    return Finding::not_applicable("no checklist was handed in");
}

Finding shown(std::size_t wrong, const std::string& first, std::string_view what,
              std::string good) {
    if (wrong == 0) {
        return Finding::pass(std::move(good));
    }
    return Finding::fail(fmt::format("{} {}, first {}", wrong, what, first));
}

Finding ticks_name_their_evidence(const Evidence& evidence) {
    std::size_t ticked = 0;
    std::size_t bare = 0;
    std::string first;
    for (const auto& entry : entries(*evidence.handed_in)) {
        if (entry.state == "pass") {
            ++ticked;
            if (entry.run.empty() || entry.check.empty()) {
                first = ++bare == 1 ? entry.item : first;
            }
        }
    }
    if (ticked == 0) {
        return entries(*evidence.handed_in).empty() ? none()
                                                    : Finding::not_exercised("nothing was ticked");
    }
    return shown(bare, first, "items are ticked without evidence",
                 fmt::format("all {} ticked items name a run and a check", ticked));
}

Finding evidence_agrees(const Evidence& evidence) {
    const auto known = statuses(*evidence.handed_in);
    std::size_t checked = 0;
    std::size_t wrong = 0;
    std::string first;
    for (const auto& entry : entries(*evidence.handed_in)) {
        if (entry.run.empty() || entry.check.empty() || entry.state == "open") {
            continue;
        }
        ++checked;
        const auto found = known.find(entry.run + "/" + entry.check);
        const auto& status = found == known.end() ? std::string("nothing") : found->second;
        if (status != entry.state) {
            first = ++wrong == 1
                        ? fmt::format("{}: {} says {}, {} in {} says {}", entry.item, "the list",
                                      entry.state, entry.check, entry.run, status)
                        : first;
        }
    }
    if (checked == 0) {
        return entries(*evidence.handed_in).empty()
                   ? none()
                   : Finding::not_exercised("no evidence was given");
    }
    return shown(wrong, first, "items say what their evidence does not",
                 fmt::format("{} items say what their evidence says", checked));
}

Finding is_complete(const Evidence& evidence) {
    const auto all = entries(*evidence.handed_in);
    const auto items = built_in_checklist();
    if (all.empty() || !items) {
        return none();
    }
    std::set<std::string> missing;
    for (const auto& item : *items) {
        missing.insert(item.id);
    }
    std::size_t silent = 0;
    std::string first;
    for (const auto& entry : all) {
        missing.erase(entry.item);
        if (entry.state != "pass" && entry.state != "fail" && entry.why.size() < reason_min) {
            first = ++silent == 1 ? entry.item : first;
        }
    }
    if (!missing.empty()) {
        return Finding::fail(
            fmt::format("{} items are missing, first {}", missing.size(), *missing.begin()));
    }
    return shown(silent, first, "items are left open without a sentence",
                 "every item is there, and what is open says why");
}

}  // namespace

std::map<std::string, std::int64_t> checklist_numbers(const Texts& handed_in) {
    const auto known = statuses(handed_in);
    std::map<std::string, std::int64_t> numbers;
    for (const auto& entry : entries(handed_in)) {
        const auto found = known.find(entry.run + "/" + entry.check);
        const bool proved = found != known.end() && found->second == "pass";
        numbers["ticked"] += entry.state == "pass" ? 1 : 0;
        numbers["ticked without proof"] += entry.state == "pass" && !proved ? 1 : 0;
        numbers["open"] += entry.state == "open" ? 1 : 0;
    }
    return numbers;
}

void add_checklist_checks(CheckList& list) {
    const auto add = [&](std::string_view id, std::string_view title,
                         Finding (*judge)(const Evidence&)) {
        list.push_back(make_check({.id = id,
                                   .kind = CheckKind::must,
                                   .level = CheckLevel::recommended,
                                   .title = title,
                                   .source = "design: the checklist is filled in from evidence"},
                                  judge));
    };
    add("CHK-01", "ticks nothing without naming its evidence", ticks_name_their_evidence);
    add("CHK-02", "says what its evidence says", evidence_agrees);
    add("CHK-03", "leaves no item out and none open without a reason", is_complete);
}

}  // namespace apilab::sandbox::internal
