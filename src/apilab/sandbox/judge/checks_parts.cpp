// Whether what an answer says about its parts is true, and what a program makes of bodies that are
// not what was promised. Read from the journal: what each source really answered on whose account.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/visits.hpp"

namespace apilab::sandbox::internal {
namespace {

/// An age is rounded, and the clock goes on between the fetch and the answer.
constexpr Duration age_tolerance = std::chrono::milliseconds(1500);

// What one source did for one visit.
struct Source {
    std::vector<const Exchange*> rows;
    bool served = false;
    bool broken = false;
    bool extended = false;
};

Source source_of(const Visit& visit, const std::string& provider) {
    Source source;
    for (const Exchange* row : visit.rows) {
        if (row->provider != provider) {
            continue;
        }
        source.rows.push_back(row);
        source.broken = source.broken || broken_by_drift(*row);
        source.extended = source.extended || extended_by_drift(*row);
        source.served = source.served || served(*row, *visit.outbound->finished);
    }
    return source;
}

// Was there an answer of that source for the same thing, as old as the label says?
bool has_value_of_age(const std::vector<Visit>& visits, const Visit& visit,
                      const std::string& provider, Duration age) {
    const SteadyTime fetched = *visit.outbound->finished - age;
    for (const Visit& other : visits) {
        if (other.outbound->path != visit.outbound->path) {
            continue;
        }
        for (const Exchange* row : other.rows) {
            const bool then = row->finished && row->provider == provider &&
                              std::chrono::abs(*row->finished - fetched) <= age_tolerance;
            if (then && served(*row, SteadyTime::max())) {
                return true;
            }
        }
    }
    return false;
}

bool label_is_true(const std::vector<Visit>& visits, const Visit& visit,
                   const std::string& provider, const PartLabel& label, const Source& source) {
    if (label.state == "live") {
        return source.served;
    }
    if (label.state == "missing") {
        return !source.served;
    }
    const bool kept = label.state == "cached" || label.state == "stale";
    return kept && label.age && has_value_of_age(visits, visit, provider, *label.age);
}

struct Labels {
    std::size_t checked = 0;
    /// Parts whose source did not serve this visit.
    std::size_t degraded = 0;
    std::size_t wrong = 0;
    std::string first_wrong;
    Finding proof;
};

void check_label(const std::vector<Visit>& visits, const Visit& visit, const std::string& provider,
                 const PartLabel& label, Labels& labels) {
    const Source source = source_of(visit, provider);
    if (source.broken || source.extended) {
        return;  // DAT-04 and DAT-05 judge what was made of those
    }
    ++labels.checked;
    labels.degraded += source.served ? 0 : 1;
    if (label_is_true(visits, visit, provider, label, source)) {
        return;
    }
    if (++labels.wrong == 1) {
        labels.first_wrong =
            fmt::format("{} called {} '{}'", visit.outbound->path, provider, label.state);
    }
    for (const Exchange* row : source.rows) {
        labels.proof.prove(*row);
    }
}

Finding labels_are_true(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    Labels labels;
    std::size_t unlabelled = 0;
    for (const Visit& visit : visits) {
        if (!visit.answered() || visit.about_itself()) {
            continue;
        }
        unlabelled += visit.parts.empty() ? 1 : 0;
        for (const auto& [provider, label] : visit.parts) {
            check_label(visits, visit, provider, label, labels);
        }
    }
    if (labels.checked == 0) {
        return unlabelled == 0 ? Finding::not_applicable("no answer to a visitor has parts")
                               : Finding::not_exercised("no answer says anything of its parts");
    }
    if (labels.wrong == 0 && labels.degraded == 0) {
        return Finding::not_exercised("every source served every visitor");
    }
    if (labels.wrong == 0) {
        return Finding::pass(
            fmt::format("{} parts say truly what they are; for {} of them the source "
                        "was not asked or did not answer",
                        labels.checked, labels.degraded));
    }
    auto finding = Finding::fail(fmt::format("{} of {} parts are labelled falsely; the first: {}",
                                             labels.wrong, labels.checked, labels.first_wrong));
    finding.rows = std::move(labels.proof.rows);
    return finding;
}

// The words that a null or a missing field becomes where it is put into text unseen.
bool has_spilled(std::string_view text) {
    constexpr std::array<std::string_view, 5> words{"null", "None", "undefined", "NaN", "[object"};
    return std::ranges::any_of(words, [&](std::string_view word) {
        const auto at = text.find(word);
        const auto end = at + word.size();
        return at != std::string_view::npos &&
               (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0) &&
               (end == text.size() || std::isalnum(static_cast<unsigned char>(text[end])) == 0);
    });
}

Finding survives_what_is_missing(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    std::size_t broken = 0;
    std::size_t believed = 0;
    std::size_t spilled = 0;
    Finding proof;
    for (const Visit& visit : visits) {
        for (const auto& [provider, label] : visit.parts) {
            const Source source = source_of(visit, provider);
            if (!source.broken || !visit.answered()) {
                continue;
            }
            if (label.state == "live") {
                ++believed;
                for (const Exchange* row : source.rows) {
                    proof.prove(*row);
                }
            }
        }
    }
    bool drifted = false;
    for (const Exchange& row : *evidence.rows) {
        if (drifted && (has_spilled(row.path) || has_spilled(row.query))) {
            ++spilled;
            proof.prove(row);
        }
        const bool now = broken_by_drift(row);
        broken += now ? 1 : 0;
        drifted = drifted || now;
    }
    if (broken == 0) {
        return Finding::not_exercised("no answer lacked a field or had one of another type");
    }
    if (believed + spilled == 0) {
        return Finding::pass(fmt::format(
            "{} answers without what was promised: none was passed on as whole", broken));
    }
    auto finding = Finding::fail(
        fmt::format("{} answers without what was promised: {} passed on as whole, {} requests "
                    "carry what was not there",
                    broken, believed, spilled));
    finding.rows = std::move(proof.rows);
    return finding;
}

// Documents with a new value that were read, in a run that writes documents back, and of them those
// that never were: `refused`, with their proof.
struct NewDocuments {
    std::size_t read = 0;
    std::size_t refused = 0;
};
NewDocuments documents_with_news(const Evidence& evidence, Finding& proof) {
    std::map<std::string, const Exchange*> read;
    std::set<std::string> written;
    for (const Exchange& row : *evidence.rows) {
        const auto id = row.facts.find("document");
        if (id == row.facts.end()) {
            continue;
        }
        if (row.operation == "replace_document" && row.status == 200) {
            written.insert(id->second);
        } else if (row.facts.contains("new_value")) {
            read.emplace(id->second, &row);
        }
    }
    NewDocuments found;
    for (const auto& [id, row] : read) {
        found.read += written.empty() ? 0 : 1;
        if (!written.empty() && !written.contains(id)) {
            ++found.refused;
            proof.prove(*row);
        }
    }
    return found;
}

Finding survives_what_is_new(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    Finding proof;
    auto [extended, refused] = documents_with_news(evidence, proof);
    for (const Visit& visit : visits) {
        for (const auto& [provider, label] : visit.parts) {
            const Source source = source_of(visit, provider);
            if (!source.extended || source.broken || !source.served || !visit.answered()) {
                continue;
            }
            ++extended;
            if (label.state != "live") {
                ++refused;
                for (const Exchange* row : source.rows) {
                    proof.prove(*row);
                }
            }
        }
    }
    if (extended == 0) {
        return Finding::not_exercised("no answer had a field or a value that is new");
    }
    if (refused == 0) {
        return Finding::pass(
            fmt::format("{} answers with something new in them were all used", extended));
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} answers were thrown away because there was something new in them",
                    refused, extended));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_part_checks(CheckList& list) {
    list.push_back(make_check({.id = "SVC-03",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "labels every part of an answer truly",
                               .source = "design: what was served is in the journal"},
                              labels_are_true));
    list.push_back(make_check({.id = "DAT-04",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "passes on no answer that lacks a field it needs",
                               .source = "RFC 7493 (I-JSON); a field may be null, gone or retyped"},
                              survives_what_is_missing));
    list.push_back(make_check({.id = "DAT-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "uses an answer with new fields or new values",
                               .source = "Fowler, Tolerant Reader; Notion API, other values can "
                                         "appear"},
                              survives_what_is_new));
}

}  // namespace apilab::sandbox::internal
