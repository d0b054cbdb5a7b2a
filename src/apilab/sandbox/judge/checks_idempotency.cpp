// What a client does with idempotency keys, where the provider honours them (it says so in the fact
// `idempotency` of a row: new, replay, in_progress, mismatch, none).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/same_write.hpp"

namespace apilab::sandbox::internal {

namespace {

// Entropy needs some keys to be seen, and is not seen better in more than these.
constexpr std::size_t keys_enough = 20;
constexpr std::size_t keys_looked_at = 500;
constexpr double entropy_least = 64;
constexpr std::size_t key_max = 255;

std::string_view word(const Exchange& row) {
    const auto found = row.facts.find("idempotency");
    return found == row.facts.end() ? std::string_view() : found->second;
}

bool unsettled(const Exchange& row) {
    const AttemptEnd end = end_of(row);
    return end == AttemptEnd::lost || end == AttemptEnd::abandoned || end == AttemptEnd::transient;
}

std::string request_of(const Exchange& row) {
    return row.provider + ' ' + row.method + ' ' + row.path + ' ' + row.body_sha256;
}

// Rows that ask for the same, by what they ask for.
using Requests = std::map<std::string, std::vector<const Exchange*>>;

Requests requests_of(const Evidence& evidence) {
    const SameWrites same(evidence);
    Requests requests;
    for (const Exchange& row : *evidence.rows) {
        if (!word(row).empty()) {
            requests[same.text_of(row)].push_back(&row);
        }
    }
    return requests;
}

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

// The row that repeats `rows[i]`: with its key where one has it, else the next that asks the same.
const Exchange* repetition(const std::vector<const Exchange*>& rows, std::size_t i) {
    const auto after = rows.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto same_key = std::find_if(after, rows.end(), [&](const Exchange* row) {
        return !rows[i]->idempotency_key.empty() &&
               row->idempotency_key == rows[i]->idempotency_key;
    });
    return same_key != rows.end() ? *same_key : (after == rows.end() ? nullptr : *after);
}

Finding repeats_under_its_key(const Evidence& evidence) {
    std::size_t repeated = 0;
    std::size_t strangers = 0;
    std::size_t extra = 0;
    Finding proof;
    Finding good;
    for (const auto& [request, rows] : requests_of(evidence)) {
        std::size_t effects = 0;
        bool bad = false;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            effects += rows[i]->applied ? 1 : 0;
            const Exchange* again = unsettled(*rows[i]) ? repetition(rows, i) : nullptr;
            if (again == nullptr) {
                continue;
            }
            ++repeated;
            good.prove(*rows[i]);
            good.prove(*again);
            if (rows[i]->idempotency_key.empty() ||
                again->idempotency_key != rows[i]->idempotency_key) {
                ++strangers;
                bad = true;
                proof.prove(*rows[i]);
                proof.prove(*again);
            }
        }
        extra += bad && effects > 1 ? effects - 1 : 0;
    }
    if (repeated == 0) {
        return Finding::not_exercised("no write with an unknown outcome was sent again");
    }
    if (strangers == 0) {
        return with_rows(Finding::pass(counted(repeated, "repetition", "repetitions") +
                                       " of a write kept its key: no second effect"),
                         std::move(good));
    }
    return with_rows(
        Finding::fail(fmt::format("{} of {} repetitions of a write came without its key or under "
                                  "another: {} effects too many",
                                  strangers, repeated, extra)),
        std::move(proof));
}

// Shannon entropy of each place of the keys, added up: what a stranger has to guess.
double entropy(const std::vector<std::string>& keys) {
    double bits = 0;
    for (std::size_t place = 0; place <= key_max; ++place) {
        std::array<double, 257> counts{};  // the last one: no byte there
        for (const auto& key : keys) {
            counts[place < key.size() ? static_cast<unsigned char>(key[place]) : 256] += 1;
        }
        for (const double count : counts) {
            const double share = count / static_cast<double>(keys.size());
            bits -= count > 0 ? share * std::log2(share) : 0;
        }
    }
    return bits;
}

Finding keys_are_fresh(const Evidence& evidence) {
    std::set<std::string> requests;
    std::set<std::string> known;
    std::vector<std::string> keys;
    Finding proof;
    bool too_long = false;
    for (const Exchange& row : *evidence.rows) {
        if (row.idempotency_key.empty()) {
            continue;
        }
        requests.insert(request_of(row));
        too_long = too_long || row.idempotency_key.size() > key_max;
        if (known.insert(row.idempotency_key).second && keys.size() < keys_looked_at) {
            keys.push_back(row.idempotency_key);
            proof.prove(row);
        }
    }
    if (requests.empty()) {
        return Finding::not_exercised("no request had an idempotency key");
    }
    if (requests.size() < keys_enough) {
        return Finding::inconclusive(
            fmt::format("{} requests with a key; {} are needed", requests.size(), keys_enough));
    }
    const double bits = entropy(keys);
    if (known.size() < requests.size() || too_long || bits < entropy_least) {
        return with_rows(
            Finding::fail(fmt::format("{} requests had {} keys with {:.0f} bits of chance in them"
                                      "{}; {:.0f} are needed so that no two clients meet",
                                      requests.size(), known.size(), bits,
                                      too_long ? ", some above 255 bytes" : "", entropy_least)),
            std::move(proof));
    }
    return with_rows(Finding::pass(fmt::format("{} requests, {} keys, {:.0f} bits of chance",
                                               requests.size(), known.size(), bits)),
                     std::move(proof));
}

Finding key_means_one_request(const Evidence& evidence) {
    std::map<std::string, const Exchange*> first;
    std::size_t conflicts = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.idempotency_key.empty()) {
            continue;
        }
        const auto [known, fresh] = first.emplace(row.provider + ' ' + row.idempotency_key, &row);
        if (!fresh && request_of(*known->second) != request_of(row)) {
            ++conflicts;
            proof.prove(*known->second);
            proof.prove(row);
        }
    }
    if (first.empty() || (first.size() < 2 && conflicts == 0)) {
        return Finding::not_exercised("fewer than two idempotency keys were used");
    }
    if (conflicts == 0) {
        return Finding::pass(fmt::format("each of {} keys stood for one request", first.size()));
    }
    return with_rows(
        Finding::fail(fmt::format("{} requests came under the key of another one", conflicts)),
        std::move(proof));
}

Finding obeys_the_ledger(const Evidence& evidence) {
    std::size_t asked = 0;
    std::size_t wrong = 0;
    Finding proof;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i < operation.attempts.size(); ++i) {
            const Exchange& row = *operation.attempts[i];
            const bool busy = word(row) == "in_progress";
            if (!busy && word(row) != "mismatch") {
                continue;
            }
            ++asked;
            const bool last = i + 1 == operation.attempts.size();
            const bool worn_out = i + 1 >= evidence.options.attempts_max;
            if (busy ? last && !worn_out && !evidence.running_at
                     : !last && request_of(*operation.attempts[i + 1]) == request_of(row)) {
                ++wrong;
                proof.prove(row);
            }
        }
    }
    if (asked == 0) {
        return Finding::not_exercised("no answer said that a key is in use (409) or taken (422)");
    }
    if (wrong == 0) {
        return Finding::pass(fmt::format(
            "all {} answers about a key were understood: 409 asks again, 422 stops", asked));
    }
    return with_rows(
        Finding::fail(fmt::format("{} of {} answers about a key were not understood: a 409 was "
                                  "given up or a 422 sent again",
                                  wrong, asked)),
        std::move(proof));
}

}  // namespace

void add_idempotency_checks(CheckList& list) {
    list.push_back(
        make_check({.id = "IDM-02",
                    .kind = CheckKind::never,
                    .level = CheckLevel::normative,
                    .title = "never repeats a write without the key of the first attempt",
                    .source = "draft-ietf-httpapi-idempotency-key-header; Stripe, "
                              "idempotent requests"},
                   repeats_under_its_key));
    list.push_back(make_check({.id = "IDM-03",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "makes a fresh key, hard to guess, for each operation",
                               .source = "Stripe, idempotent requests: V4 UUIDs"},
                              keys_are_fresh));
    list.push_back(make_check({.id = "IDM-04",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never uses a key for two different requests",
                               .source = "draft-ietf-httpapi-idempotency-key-header section 2.3"},
                              key_means_one_request));
    list.push_back(make_check({.id = "IDM-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "asks again after 409 in progress and stops at 422",
                               .source = "draft-ietf-httpapi-idempotency-key-header section 2.7"},
                              obeys_the_ledger));
}

}  // namespace apilab::sandbox::internal
