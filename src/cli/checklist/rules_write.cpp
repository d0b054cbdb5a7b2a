// Group D: what becomes of writes whose answer is lost, that are refused, killed between or raced.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "apilab/sandbox/judge/operations.hpp"
#include "checklist/calls.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::string_view lost = "lost";
constexpr std::string_view calm = "calm";

/// A look-up may take so long to come.
constexpr Duration look_within = std::chrono::seconds(10);

Calls writes_of(const Episode& episode) {
    Calls writes;
    for (const sandbox::Exchange& row : episode.rows) {
        if (is_write(row)) {
            writes.push_back(&row);
        }
    }
    return writes;
}

/// By key, within one provider and operation.
std::map<std::string, Calls> by_key(const Calls& writes) {
    std::map<std::string, Calls> keyed;
    for (const sandbox::Exchange* row : writes) {
        if (!own_key(*row).empty()) {
            keyed[fmt::format("{}:{} {}", row->provider, row->operation, own_key(*row))].push_back(
                row);
        }
    }
    return keyed;
}

/// The next write that asks for the same thing, by its meaning, under whatever key.
const sandbox::Exchange* same_again(const Calls& writes, const sandbox::Exchange& first) {
    const auto found = std::ranges::find_if(writes, [&](const sandbox::Exchange* row) {
        const bool same_body = row->body_sha256 == first.body_sha256 ||
                               (!row->meaning.empty() && row->meaning == first.meaning);
        return row->seq > first.seq && row->provider == first.provider &&
               row->operation == first.operation && row->path == first.path &&
               (thing_of(*row) == thing_of(first) || same_body);
    });
    return found == writes.end() ? nullptr : *found;
}

bool creates(const sandbox::Exchange& row) {
    return row.effect == http::Effect::write &&
           (!row.idempotency_key.empty() || !fact_of(row, "makes").empty());
}

// --- D01

Answer one_key_per_operation(const Observed& seen) {
    const auto found = ran(seen, lost);
    if (!found) {
        return found.error();
    }
    const Episode* episode = *found;
    const auto writes = writes_of(*episode);
    Calls unknown;
    Calls bare;
    Calls strangers;
    for (const sandbox::Exchange* row : writes) {
        if (!creates(*row)) {
            continue;
        }
        if (own_key(*row).empty()) {
            bare.push_back(row);
        } else if (outcome_unknown(*row)) {
            unknown.push_back(row);
            const sandbox::Exchange* again = same_again(writes, *row);
            if (again != nullptr && own_key(*again) != own_key(*row)) {
                strangers.insert(strangers.end(), {row, again});
            }
        }
    }
    if (!bare.empty()) {
        return fails(fmt::format("{} carried nothing that is theirs alone: no Idempotency-Key, no "
                                 "id in the body ({}:{})",
                                 counted(bare.size(), "creating write", "creating writes"),
                                 bare.front()->provider, bare.front()->operation),
                     {rows_of(*episode, bare)});
    }
    if (!strangers.empty()) {
        return fails(fmt::format("{} with a lost answer came again under another key",
                                 counted(strangers.size() / 2, "write", "writes")),
                     {rows_of(*episode, strangers)});
    }
    if (unknown.empty()) {
        return untested("no creating write lost its answer");
    }
    if (auto judge = judged_anywhere(seen, {"IDM-02"}, ""); judge.state == State::fail) {
        return judge;
    }
    // A title that two of them share is no key.
    if (auto judge = judged(seen, lost, {"SYN-01"}); judge.state == State::fail) {
        return judge;
    }
    return passes(
        fmt::format("{} lost the answer; whatever was asked about them afterwards, before "
                    "and after a kill, had the same key",
                    counted(unknown.size(), "keyed write", "keyed writes")),
        {rows_of(*episode, unknown)});
}

// --- D02

// A key stands for one body, over the whole episode. Seen is that only where a key came again.
Answer keys_stand_for_one_body(const Episode& episode) {
    const auto keyed = by_key(writes_of(episode));
    Calls proof;
    Calls good;
    std::size_t again = 0;
    for (const auto& [key, rows] : keyed) {
        std::set<std::string> bodies;
        for (const sandbox::Exchange* row : rows) {
            bodies.insert(row->body_sha256);
        }
        if (bodies.size() > 1) {
            proof.insert(proof.end(), rows.begin(), rows.end());
        } else if (rows.size() > 1) {
            ++again;
            good.insert(good.end(), rows.begin(), rows.end());
        }
    }
    if (!proof.empty()) {
        return fails("a key came with two different bodies", {rows_of(episode, proof)});
    }
    if (again == 0) {
        return untested(keyed.empty()
                            ? "no write had a key that is its own"
                            : fmt::format("none of {} keys came a second time", keyed.size()));
    }
    return passes(fmt::format("of {} keys {} came again, with the body that it stood for",
                              keyed.size(), again),
                  {rows_of(episode, good)});
}

bool reads_there(const sandbox::Exchange& row, const sandbox::Exchange& about) {
    return row.seq > about.seq && row.provider == about.provider &&
           row.effect == http::Effect::read;
}

// 409: it is looked at, or asked again under its key; what has no key is looked at before it comes
// again. 422: the same does not come again.
bool understood(const Episode& episode, const Calls& writes, const sandbox::Exchange& row) {
    const sandbox::Exchange* again = same_again(writes, row);
    if (row.status == 422) {
        return again == nullptr || again->body_sha256 != row.body_sha256;
    }
    const bool keyless = own_key(row).empty();
    const auto look = std::ranges::find_if(
        episode.rows, [&](const sandbox::Exchange& other) { return reads_there(other, row); });
    const bool looked = look != episode.rows.end();
    if (again == nullptr) {
        return looked;
    }
    return keyless ? looked && look->seq < again->seq : own_key(*again) == own_key(row);
}

Answer conflicts_are_understood(const Episode& episode) {
    Calls proof;
    Calls good;
    const auto writes = writes_of(episode);
    for (const sandbox::Exchange* row : writes) {
        if ((row->status == 409 || row->status == 422) && row->answered()) {
            (understood(episode, writes, *row) ? good : proof).push_back(row);
        }
    }
    if (!proof.empty()) {
        return fails(fmt::format("{} with 409 or 422 not understood: a 409 was dropped, or came "
                                 "again without a key or a look, or under another key, or a 422 "
                                 "came again as it was",
                                 counted(proof.size(), "answer", "answers")),
                     {rows_of(episode, proof)});
    }
    if (good.empty()) {
        return untested("no write was answered with 409 or 422");
    }
    return passes(fmt::format("{} with 409 or 422: looked at or asked again under the same key",
                              counted(good.size(), "answer", "answers")),
                  {rows_of(episode, good)});
}

// The sentences of both where both passed.
Answer both(const Answer& one, const Answer& other) {
    auto answer = all_of({one, other});
    if (answer.state == State::pass) {
        answer.sentence = fmt::format("{}; {}", one.sentence, other.sentence);
    }
    return answer;
}

Answer keys_and_conflicts(const Observed& seen) {
    const auto judge = judged_anywhere(seen, {"IDM-04", "IDM-05"}, "");
    if (judge.state == State::fail) {
        return judge;
    }
    const auto episode = ran(seen, lost);
    return episode ? both(keys_stand_for_one_body(**episode), conflicts_are_understood(**episode))
                   : episode.error();
}

// --- D03

// What was refused for what it says.
bool refused_for_its_body(const sandbox::Exchange& row) {
    return row.answered() && (row.status == 400 || row.status == 413 || row.status == 422) &&
           !own_key(row).empty();
}

struct Corrections {
    Calls refused;
    /// Another body under a key that stands for the refused one.
    Calls proof;
    /// The same thing once more, in another body that may go under its key.
    Calls good;
};

void look_at_correction(const sandbox::Exchange& row, const sandbox::Exchange& next,
                        Corrections& found) {
    if (next.seq <= row.seq || next.provider != row.provider || next.operation != row.operation ||
        next.path != row.path || next.body_sha256 == row.body_sha256) {
        return;
    }
    const bool old_key = own_key(next) == own_key(row);
    const auto thing = fact_of(row, "makes");
    if (old_key && binds_its_body(row)) {
        found.proof.insert(found.proof.end(), {&row, &next});
    } else if (!thing.empty() && thing == fact_of(next, "makes") && next.applied) {
        found.good.insert(found.good.end(), {&row, &next});
    }
}

Corrections corrections_in(const Episode& episode) {
    Corrections found;
    const auto writes = writes_of(episode);
    for (const sandbox::Exchange* row : writes) {
        if (refused_for_its_body(*row)) {
            found.refused.push_back(row);
            for (const sandbox::Exchange* next : writes) {
                look_at_correction(*row, *next, found);
            }
        }
    }
    return found;
}

Answer corrected_in(const Observed& seen, std::string_view id) {
    const auto found = ran(seen, id);
    if (!found) {
        return found.error();
    }
    const auto [refused, proof, good] = corrections_in(**found);
    if (!proof.empty()) {
        return fails("another body came under the key of one that had been refused",
                     {rows_of(**found, proof)});
    }
    if (good.empty()) {
        return untested(
            refused.empty()
                ? "no write with a key was refused for what it says (400, 413, 422)"
                : fmt::format("{} for what it says, and did not come again in other "
                              "words",
                              counted(refused.size(), "write was refused", "writes were refused")));
    }
    return passes(fmt::format("{} for what it says; in other words the same was written under a "
                              "key that stands for no other body",
                              counted(refused.size(), "write was refused", "writes were refused")),
                  {rows_of(**found, good)});
}

Answer corrected_has_a_fresh_key(const Observed& seen) {
    return shown_by_any({corrected_in(seen, lost), corrected_in(seen, "flaky")});
}

// --- D04

// Killed before it could look: another life does, once it knows that this one is gone.
bool killed_soon_after(const Episode& episode, const sandbox::Exchange& row) {
    return std::ranges::any_of(episode.outbound, [&](const sandbox::Outbound& out) {
        return out.from == "kill" && out.seq > row.seq && out.sent - row.first_byte < look_within;
    });
}

Answer looks_before_it_acts(const Observed& seen) {
    const auto found = ran(seen, lost);
    if (!found) {
        return found.error();
    }
    const Episode* episode = *found;
    const auto blind = judged(seen, lost, {"IDM-01"});
    if (blind.state == State::fail) {
        return blind;
    }
    const auto writes = writes_of(*episode);
    Calls looked;
    Calls forgotten;
    for (const sandbox::Exchange* row : writes) {
        // Applied by a fault's word and the answer cut: not one that was killed with its program.
        if (!row->cut || row->effect != http::Effect::write) {
            continue;
        }
        const auto next = std::ranges::find_if(episode->rows, [&](const sandbox::Exchange& other) {
            return other.seq > row->seq && other.provider == row->provider &&
                   (other.effect == http::Effect::read ||
                    (!row->idempotency_key.empty() &&
                     other.idempotency_key == row->idempotency_key));
        });
        if (next != episode->rows.end()) {
            looked.insert(looked.end(), {row, &*next});
        } else if (!killed_soon_after(*episode, *row)) {
            forgotten.push_back(row);
        }
    }
    if (!forgotten.empty()) {
        return fails(fmt::format("after {} nothing was asked of that provider: nobody knows what "
                                 "became of it",
                                 counted(forgotten.size(), "lost answer", "lost answers")),
                     {rows_of(*episode, forgotten)});
    }
    if (looked.empty()) {
        return untested("no write lost its answer");
    }
    return passes(fmt::format("after {} it read, or repeated the key, before anything else",
                              counted(looked.size() / 2, "lost answer", "lost answers")),
                  {rows_of(*episode, looked)});
}

// --- D05

// What was read there last before that write; null: nothing with an entity tag.
const sandbox::Exchange* read_before(const Episode& episode, const sandbox::Exchange& write) {
    const sandbox::Exchange* last = nullptr;
    for (const sandbox::Exchange& row : episode.rows) {
        if (row.seq < write.seq && row.method == "GET" && row.provider == write.provider &&
            row.path == write.path && !fact_of(row, "etag").empty()) {
            last = &row;
        }
    }
    return last;
}

Answer writers_see_each_other(const Observed& seen) {
    std::size_t guarded = 0;
    std::vector<Evidence> met;
    std::vector<Evidence> good;
    for (const auto& [id, episode] : seen.episodes) {
        for (const sandbox::Exchange& row : episode.rows) {
            const sandbox::Exchange* read =
                row.method == "PUT" || row.method == "PATCH" ? read_before(episode, row) : nullptr;
            if (read == nullptr) {
                continue;
            }
            if (header_of(row, "if-match").empty()) {
                return fails(
                    "wrote over what it had read, without If-Match: what somebody else "
                    "wrote meanwhile is gone",
                    {rows_of(episode, Calls{read, &row})});
            }
            ++guarded;
            good.push_back(rows_of(episode, Calls{read, &row}));
            const auto again =
                std::ranges::find_if(episode.rows, [&](const sandbox::Exchange& next) {
                    return next.seq > row.seq && next.method == row.method &&
                           next.path == row.path && next.provider == row.provider;
                });
            if (row.status != 412) {
                continue;
            }
            if (again != episode.rows.end() && read_before(episode, *again) == read) {
                return fails("after 412 it wrote again without reading first",
                             {rows_of(episode, Calls{&row, &*again})});
            }
            met.push_back(rows_of(episode, Calls{&row}));
        }
    }
    if (met.empty()) {
        return untested(guarded == 0
                            ? "nothing with an entity tag was read and written back"
                            : fmt::format("{} had If-Match, and nobody else wrote in between",
                                          counted(guarded, "update", "updates")));
    }
    return passes(fmt::format("{} with If-Match; {} answered 412, and it read again before it "
                              "wrote",
                              counted(guarded, "update", "updates"), met.size()),
                  met);
}

// --- D06

Answer unknown_fields_survive(const Observed& seen) {
    return judged_anywhere(seen, {"DAT-07"},
                           "no document was read, changed and written back as a whole");
}

// --- D07

Answer made_once(const Observed& seen) {
    return judged_where(seen, {"SYN-01"}, "nothing with a key of its own was made", one_volume);
}

// --- D08

std::map<std::string, Calls> made(const Episode& episode) {
    std::map<std::string, Calls> things;
    for (const sandbox::Exchange& row : episode.rows) {
        if (is_write(row) && row.applied) {
            things[thing_of(row)].push_back(&row);
        }
    }
    return things;
}

// Things whose write was under way when the program was killed, or was refused: they may be missing
// for a while, or rightly.
std::set<std::string> excused(const Episode& episode) {
    std::set<std::string> things;
    for (const sandbox::Exchange& row : episode.rows) {
        const auto end = sandbox::end_of(row);
        if (is_write(row) &&
            (end == sandbox::AttemptEnd::abandoned || end == sandbox::AttemptEnd::permanent ||
             end == sandbox::AttemptEnd::transient)) {
            things.insert(thing_of(row));
        }
    }
    return things;
}

// What came by itself between the first kill and the next event that it was told.
std::size_t resumed(const Episode& episode) {
    const auto kill = std::ranges::find(episode.outbound, "kill", &sandbox::Outbound::from);
    if (kill == episode.outbound.end()) {
        return 0;
    }
    const auto next = std::ranges::find_if(
        episode.outbound, [&](const sandbox::Outbound& out) { return out.seq > kill->seq; });
    return static_cast<std::size_t>(
        std::ranges::count_if(episode.rows, [&](const sandbox::Exchange& row) {
            return is_write(row) && row.applied && row.seq > kill->seq &&
                   (next == episode.outbound.end() || row.seq < next->seq);
        }));
}

struct Missing {
    std::size_t count = 0;
    std::string first;
};

Missing missing_in(const Episode& episode, const std::map<std::string, Calls>& want) {
    const auto have = made(episode);
    const auto waiting = excused(episode);
    Missing missing;
    for (const auto& [thing, rows] : want) {
        if (!have.contains(thing) && !waiting.contains(thing) && missing.count++ == 0) {
            missing.first = thing;
        }
    }
    return missing;
}

Calls made_too_often(const Episode& episode) {
    Calls proof;
    for (const auto& [thing, rows] : made(episode)) {
        if (rows.size() > 1 && creates(*rows.front())) {
            proof.insert(proof.end(), rows.begin(), rows.end());
        }
    }
    return proof;
}

Answer effects_survive_a_kill(const Observed& seen) {
    const auto hurt = ran(seen, lost);
    const auto whole = ran(seen, calm);
    if (!hurt || !whole) {
        return hurt ? whole.error() : hurt.error();
    }
    const Episode& episode = **hurt;
    const auto killed = static_cast<std::size_t>(
        std::ranges::count_if(episode.lives, [](const Life& life) { return life.killed; }));
    const auto want = made(**whole);
    if (killed == 0 || want.empty()) {
        return untested(killed == 0 ? "it was not killed in the midst of its work"
                                    : "its work has no effect elsewhere, even where all is well");
    }
    const Evidence kill{Evidence::Kind::process,
                        fmt::format("lost: killed {}", counted(killed, "time", "times"))};
    if (const auto twice = made_too_often(episode); !twice.empty()) {
        return fails("an effect came twice after a kill", {kill, rows_of(episode, twice)});
    }
    // The one that was being worked on waits until its dead worker's lease is over.
    const auto missing = missing_in(episode, want);
    const auto by_itself = resumed(episode);
    if (missing.count > killed || (missing.count > 0 && by_itself == 0)) {
        return fails(fmt::format("of {} effects that its work has {} never came after a kill "
                                 "(first: {})",
                                 want.size(), missing.count, missing.first),
                     {kill});
    }
    if (by_itself == 0) {
        return untested("it was killed before or after its work, not between");
    }
    Calls all;
    for (const auto& [thing, rows] : made(episode)) {
        all.push_back(rows.front());
    }
    return passes(
        fmt::format("killed {} between work and effects: {} came by itself after the "
                    "restart, none twice{}",
                    counted(killed, "time", "times"), counted(by_itself, "effect", "effects"),
                    missing.count == 0 ? "" : fmt::format(", and {} still waits", missing.first)),
        {kill, rows_of(episode, all)});
}

constexpr std::array rules{
    ItemRule{"D01", one_key_per_operation},
    ItemRule{"D02", keys_and_conflicts},
    ItemRule{"D03", corrected_has_a_fresh_key},
    ItemRule{"D04", looks_before_it_acts},
    ItemRule{"D05", writers_see_each_other},
    ItemRule{"D06", unknown_fields_survive},
    ItemRule{"D07", made_once},
    ItemRule{"D08", effects_survive_a_kill},
};

}  // namespace

std::span<const ItemRule> write_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
