// Glue between services: a refusal inside a 200 is a refusal, one thing is made once, nothing is
// dropped, a sync starts anew only where it must. Read from what providers note on their rows
// (`Incoming::note`).

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

Finding verdict(Finding finding, const Finding& proof) {
    finding.rows = proof.rows;
    return finding;
}

// Something was refused inside a 200, and later ticked off as done although nobody had made it.
Finding reads_the_body(const Evidence& evidence) {
    std::set<std::string_view> refused;
    std::map<std::string_view, const Exchange*> open;
    std::size_t ticked = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        const auto key = fact(row, "makes");
        if (fact(row, "ok") == "false" && row.answered()) {
            refused.insert(key);
            open.try_emplace(key, &row);
            good.prove(row);
        } else if (row.applied && !key.empty()) {
            open.erase(key);
        }
        const auto at = open.find(fact(row, "acks"));
        if (at != open.end() && !at->first.empty()) {
            ++ticked;
            proof.prove(*at->second);
            proof.prove(row);
        }
    }
    if (refused.empty()) {
        return Finding::not_exercised("no answer said no inside a 200");
    }
    if (ticked == 0) {
        return verdict(
            Finding::pass(fmt::format("{} refusals inside a 200, none was taken for success",
                                      good.rows.size())),
            good);
    }
    return verdict(Finding::fail(fmt::format("{} things were ticked off as done although a 200 had "
                                             "said no",
                                             ticked)),
                   proof);
}

bool fatal_for_token(std::string_view error) {
    return error == "invalid_auth" || error == "token_expired" || error == "token_revoked" ||
           error == "account_inactive" || error == "not_authed";
}

// After such an answer the same credential is of no use; one more call may be on its way.
Finding stops_on_dead_token(const Evidence& evidence) {
    struct Dead {
        const Exchange* told = nullptr;
        std::size_t after = 0;
    };
    std::map<std::string, Dead> dead;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const auto credential =
            row.provider + '\n' +
            std::string(row.headers ? row.headers->value("authorization") : std::string_view());
        const auto known = dead.find(credential);
        const bool late = known != dead.end() &&
                          row.first_byte > known->second.told->finished.value_or(SteadyTime::max());
        if (late && ++known->second.after > 1) {
            proof.prove(*known->second.told);
            proof.prove(row);
        }
        if (known == dead.end() && row.answered() && fact(row, "ok") == "false" &&
            fatal_for_token(fact(row, "error"))) {
            dead.emplace(credential, Dead{.told = &row});
        }
    }
    if (dead.empty()) {
        return Finding::not_exercised("no 200 said that the token is of no use");
    }
    if (proof.rows.empty()) {
        auto finding = Finding::pass("nothing more was asked with a token that was refused");
        finding.prove(*dead.begin()->second.told);
        return finding;
    }
    return verdict(Finding::fail("went on with a token that had been refused inside a 200"), proof);
}

Finding waits_out_notion(const Evidence& evidence) {
    std::size_t told = 0;
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i < operation.attempts.size(); ++i) {
            const Exchange& row = *operation.attempts[i];
            const bool limit = row.status == 429 || row.status == 529;
            const auto until = row.not_before();
            if (row.provider != "notion" || !limit || !row.answered() || !until) {
                continue;
            }
            ++told;
            good.prove(row);
            const bool last = i + 1 == operation.attempts.size();
            const bool excused =
                row.announced.value_or(Duration()) > evidence.options.patience ||
                operation.failures_at_end() >= evidence.options.attempts_max ||
                (evidence.running_at && *evidence.running_at < *until + std::chrono::seconds(5));
            const bool early =
                !last &&
                operation.attempts[i + 1]->first_byte + evidence.options.early_tolerance < *until;
            if (early || (last && !excused)) {
                proof.prove(row);
            }
        }
    }
    if (told == 0) {
        return Finding::not_exercised("Notion asked for no wait");
    }
    if (proof.rows.empty()) {
        return verdict(Finding::pass(fmt::format("{} waits that Notion asked for (429, 529) were "
                                                 "kept, and the request came again",
                                                 told)),
                       good);
    }
    return verdict(Finding::fail(fmt::format("{} of {} waits that Notion asked for were cut short, "
                                             "or the request was dropped",
                                             proof.rows.size(), told)),
                   proof);
}

Finding makes_once(const Evidence& evidence) {
    std::map<std::string, std::vector<const Exchange*>> made;
    for (const Exchange& row : *evidence.rows) {
        const auto key = fact(row, "makes");
        if (row.applied && !key.empty()) {
            made[fmt::format("{}:{} {}", row.provider, row.operation, key)].push_back(&row);
        }
    }
    std::size_t doubled = 0;
    Finding proof;
    for (const auto& [thing, rows] : made) {
        doubled += rows.size() > 1 ? 1 : 0;
        for (const Exchange* row : rows) {
            if (rows.size() > 1) {
                proof.prove(*row);
            }
        }
    }
    if (made.empty()) {
        return Finding::not_exercised("nothing with a key of its own was made");
    }
    if (doubled == 0) {
        auto finding =
            Finding::pass(fmt::format("{} things were made, each of them once", made.size()));
        finding.prove(*made.begin()->second.front());
        return finding;
    }
    return verdict(
        Finding::fail(fmt::format(
            "{} of {} things were made more than once (first: {})", doubled, made.size(),
            std::ranges::find_if(made, [](const auto& one) { return one.second.size() > 1; })
                ->first)),
        proof);
}

Finding splits_long_texts(const Evidence& evidence) {
    constexpr std::size_t long_text = 2000;
    std::map<std::string_view, const Exchange*> refused;
    std::size_t split = 0;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        const auto text = fact(row, "longest_text");
        std::size_t length = 0;
        (void)std::from_chars(text.data(), text.data() + text.size(), length);
        if (length <= long_text) {
            continue;
        }
        if (row.status == 400 && row.decision == Exchange::Decision::served) {
            refused.try_emplace(fact(row, "makes"), &row);
        } else if (row.applied) {
            ++split;
            refused.erase(fact(row, "makes"));
            good.prove(row);
        }
    }
    if (!refused.empty()) {
        auto finding = Finding::fail(
            fmt::format("{} things were refused for a text beyond {} characters and never came "
                        "in pieces",
                        refused.size(), long_text));
        for (const auto& [key, row] : refused) {
            finding.prove(*row);
        }
        return finding;
    }
    if (split == 0) {
        return Finding::not_exercised("no text was longer than one piece may be");
    }
    return verdict(Finding::pass(fmt::format("{} texts beyond {} characters came in pieces", split,
                                             long_text)),
                   good);
}

Finding full_sync_when_told(const Evidence& evidence) {
    bool partial = false;            // history has answered
    const Exchange* told = nullptr;  // the 404 that wants a full list
    std::size_t tellings = 0;
    std::size_t lists = 0;  // of everything, from the beginning
    Finding listed;
    Finding needless;
    Finding missing;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (row.operation == "list_history" && row.answered()) {
            if (row.status == 404) {
                ++tellings;
                told = &row;
                good.prove(row);
            } else if (row.status == 200 && told != nullptr) {
                missing.prove(*told);
                told = nullptr;
            }
            partial = partial || row.status == 200;
        } else if (fact(row, "full") == "true" && row.status == 200) {
            ++lists;
            listed.prove(row);
            if (told != nullptr) {
                good.prove(row);
            } else if (partial) {
                needless.prove(row);
            }
            told = nullptr;
        }
    }
    if (told != nullptr) {
        missing.prove(*told);
    }
    if (!missing.rows.empty()) {
        return verdict(
            Finding::fail("went on after history had said 404: what lay between is lost"), missing);
    }
    if (!needless.rows.empty()) {
        return verdict(Finding::fail(fmt::format("{} full syncs although history would have told",
                                                 needless.rows.size())),
                       needless);
    }
    // One to begin with, and one more where that was cut short.
    if (!partial && tellings == 0 && lists > 2) {
        return verdict(Finding::fail(fmt::format(
                           "everything was listed {} times, and history never asked", lists)),
                       listed);
    }
    if (tellings == 0) {
        return Finding::not_exercised("history was not asked, or never said 404");
    }
    return verdict(Finding::pass(fmt::format("{} full sync{} after a 404 of history, and no other",
                                             tellings, tellings == 1 ? "" : "s")),
                   good);
}

Finding misses_no_mail(const Evidence& evidence) {
    const auto asked = std::ranges::find_if(*evidence.rows, [](const Exchange& row) {
        return row.operation == "list_history" && row.status == 200;
    });
    const auto missed = evidence.numbers.find("mails missed");
    if (asked == evidence.rows->end() || missed == evidence.numbers.end()) {
        return Finding::not_exercised("no mailbox was kept in step by its history");
    }
    const auto fetched = evidence.numbers.at("mails fetched");
    auto finding =
        missed->second == 0
            ? Finding::pass(fmt::format("all {} mails of the inbox were fetched", fetched))
            : Finding::fail(fmt::format("{} mails of the inbox were never fetched, {} were",
                                        missed->second, fetched));
    finding.prove(*asked);
    return finding;
}

}  // namespace

void add_sync_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("DAT-14", Kind::must, Level::normative, "takes a refusal inside a 200 for a refusal",
        "Slack Web API, evaluating responses", reads_the_body);
    add("AUT-13", Kind::must, Level::recommended,
        "refreshes or stops where a 200 says that the token is of no use",
        "Slack Web API, token_expired and invalid_auth", stops_on_dead_token);
    add("RL-11", Kind::must, Level::recommended, "waits out Notion's 429 and 529, and asks again",
        "Notion API, request limits", waits_out_notion);
    add("SYN-01", Kind::never, Level::recommended, "never makes the same thing twice",
        "RFC 9110 section 9.2.2; none of these APIs has idempotency keys", makes_once);
    add("SYN-02", Kind::must, Level::recommended,
        "sends long texts in pieces instead of dropping them",
        "Notion API, size limits of property values", splits_long_texts);
    add("SYN-03", Kind::must, Level::recommended, "does a full sync exactly where history says 404",
        "Gmail API, synchronize clients with Gmail", full_sync_when_told);
    add("SYN-04", Kind::must, Level::recommended, "misses no mail",
        "Gmail API, synchronize clients", misses_no_mail);
}

}  // namespace apilab::sandbox::internal
