// Group F: what credentials may do, where they travel, how they are renewed and what happens when
// they are refused.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "apilab/base/ascii.hpp"
#include "checklist/calls.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;

constexpr std::string_view tokens = "tokens";

/// So many requests with a credential that was refused before are traffic.
constexpr std::size_t refused_max = 4;
/// Requests that were on their way when the first refusal came are no offence.
constexpr Duration drain = std::chrono::milliseconds(250);
constexpr std::size_t sentence_words_min = 3;

// --- F01

/// What a scope is good for: beginnings of the sandbox's operations.
struct Use {
    std::string_view provider;
    std::string_view scope;
    std::array<std::string_view, 4> operations;
    /// For the day on which the answer to a write is lost.
    bool after_loss = false;
};
constexpr std::array uses{
    Use{"slack", "chat:write", {"chat."}},
    Use{"slack", "channels:history", {"conversations.history", "conversations.replies"}, true},
    Use{"slack", "channels:read", {"conversations.list", "conversations.info"}},
    Use{"slack", "users:read", {"users."}},
    Use{"slack", "files:write", {"files."}},
    Use{"slack", "im:write", {"conversations.open"}},
    Use{"gmail", "gmail.send", {"send_message", "upload_message"}},
    Use{"gmail", "gmail.readonly", {"list_", "get_", "watch"}, true},
    Use{"gmail", "gmail.modify", {"modify", "trash", "list_", "get_"}},
    Use{"gmail", "gmail.labels", {"list_labels", "create_label", "update_label"}},
    Use{"github", "admin:repo_hook", {"list_hook", "list_deliver", "redeliver", "get_deliver"}},
};

bool is_sentence(std::string_view text) {
    std::size_t words = 0;
    bool within = false;
    for (const char c : text) {
        words += c != ' ' && !within ? 1 : 0;
        within = c != ' ';
    }
    return words >= sentence_words_min;
}

// `https://www.googleapis.com/auth/gmail.send` is called `gmail.send`.
std::string_view short_scope(std::string_view scope) {
    return scope.substr(scope.starts_with("https://") ? scope.rfind('/') + 1 : 0);
}

// An answer to a write there was lost, and the service lived on for long enough to look.
bool lost_one_and_lived(const Observed& seen, std::string_view provider) {
    constexpr Duration look_within = std::chrono::seconds(10);
    const auto lost = ran(seen, "lost");
    return lost && std::ranges::any_of((*lost)->rows, [&](const Exchange& row) {
               const auto told_of_kill = [&](const sandbox::Outbound& out) {
                   return out.from == "kill" && out.sent >= row.first_byte &&
                          out.sent - row.first_byte < look_within;
               };
               return inventory_name(row.provider) == provider && is_write(row) && row.cut &&
                      (*lost)->over - row.first_byte >= look_within &&
                      std::ranges::none_of((*lost)->outbound, told_of_kill);
           });
}

enum class Needed : std::uint8_t { yes, no, unknown };

// Of a scope that we know: has an operation of the run needed it?
Needed needed(const Observed& seen, std::string_view provider, std::string_view scope) {
    const auto use = std::ranges::find_if(uses, [&](const Use& one) {
        return one.provider == inventory_name(provider) && one.scope == short_scope(scope);
    });
    // Some are for the days on which something is lost or missing.
    if (use == uses.end() || !ran(seen, "lost") || !ran(seen, "gap")) {
        return Needed::yes;
    }
    bool used = false;
    each_call(seen, [&](const Episode&, const Exchange& row) {
        used = used || (inventory_name(row.provider) == use->provider &&
                        std::ranges::any_of(use->operations, [&](std::string_view begin) {
                            return !begin.empty() && row.operation.starts_with(begin);
                        }));
    });
    const bool judged = !use->after_loss || lost_one_and_lived(seen, use->provider);
    return used ? Needed::yes : judged ? Needed::no : Needed::unknown;
}

Answer scopes_of(const Observed& seen, const Integration& integration) {
    const auto key = fmt::format("integration.{}", integration.provider);
    if (integration.scopes.empty()) {
        return fails(fmt::format("a credential goes to {}, and no scope of it is written down",
                                 integration.provider),
                     {manifest_line(seen, key)});
    }
    std::optional<Answer> open;
    for (const auto& [scope, what_for] : integration.scopes) {
        if (!is_sentence(what_for)) {
            return fails(fmt::format("{} has the scope {} and no sentence that says what for",
                                     integration.provider, scope),
                         {manifest_line(seen, key)});
        }
        const auto need = needed(seen, integration.provider, scope);
        if (need == Needed::no) {
            return fails(fmt::format("{} has the scope {}, and no request needed it",
                                     integration.provider, scope),
                         {manifest_line(seen, key)});
        }
        if (need == Needed::unknown) {
            open =
                untested(fmt::format("{} has the scope {} for answers that are lost, and none "
                                     "was while there was time to look",
                                     integration.provider, scope));
        }
    }
    if (open) {
        return *open;
    }
    return passes(fmt::format("{} {}", integration.provider, integration.scopes.size()),
                  {manifest_line(seen, key)});
}

// Refused because it may not, and not by a fault.
Answer nothing_was_out_of_reach(const Observed& seen) {
    Rows refused;
    std::string first;
    each_call(seen, [&](const Episode& episode, const Exchange& row) {
        const bool scope = fact_of(row, "error") == "missing_scope" ||
                           (row.status == 403 && !row.announced && !row.limit_reset);
        if (scope && row.faults.empty() && !row.facts.contains("limit_says")) {
            first = first.empty() ? fmt::format("{} {}", row.provider, row.operation) : first;
            refused.add(episode, row);
        }
    });
    return refused.empty()
               ? passes("", {})
               : fails(fmt::format("{} refused for want of a scope (first: {})",
                                   counted(refused.size(), "request was", "requests were"), first),
                       refused.evidence());
}

Answer scopes_are_needed(const Observed& seen) {
    std::set<std::string> shown;
    each_call(seen, [&](const Episode&, const Exchange& row) {
        if (!header_of(row, "authorization").empty()) {
            shown.emplace(inventory_name(row.provider));
        }
    });
    if (shown.empty()) {
        return untested("no credential was seen on the wire");
    }
    if (auto reach = nothing_was_out_of_reach(seen); reach.state == State::fail) {
        return reach;
    }
    std::vector<Evidence> evidence;
    std::string scopes;
    std::optional<Answer> open;
    for (const auto& provider : shown) {
        const Integration* integration = integration_of(seen, provider);
        if (integration == nullptr) {
            return fails(
                fmt::format("a credential goes to {}, which the inventory does not have", provider),
                {line_in(manifest_name, 0)});
        }
        auto answer = scopes_of(seen, *integration);
        if (answer.state == State::fail) {
            return answer;
        }
        if (answer.state == State::untested) {
            open = open ? open : answer;
        }
        scopes += (scopes.empty() ? "" : ", ") + answer.sentence;
        evidence.insert(evidence.end(), answer.evidence.begin(), answer.evidence.end());
    }
    if (open) {
        return *open;
    }
    return passes(fmt::format("each scope says what for, and nothing was refused for want of one "
                              "({})",
                              scopes),
                  std::move(evidence));
}

// --- F02

Answer headers_only(const Observed& seen) {
    return judged_anywhere(seen, {"AUT-01", "AUT-11"}, "no request had credentials");
}

// --- F03

Answer one_refresh_one_attempt(const Observed& seen) {
    if (auto wrong = judged_anywhere(seen, {"AUT-02", "AUT-04", "AUT-05", "AUT-07", "AUT-13"}, "");
        wrong.state == State::fail) {
        return wrong;
    }
    return judged_anywhere(seen, {"AUT-02", "AUT-10"},
                           "no token died before its time, or there was no other to be had");
}

// --- F04

bool is_refused(const Exchange& row) {
    return row.status == 401 && row.answered() && !fact_of(row, "token").empty() &&
           !fact_of(row, "credential").empty();
}

// Two that were under way together with the same dead token: callers that both have to wait for the
// next one. One caller who tries it again and again is no crowd.
Calls met_together(const Episode& episode) {
    Calls refused;
    for (const Exchange& row : episode.rows) {
        if (!is_refused(row)) {
            continue;
        }
        for (const Exchange* other : refused) {
            if (fact_of(*other, "token") == fact_of(row, "token") &&
                row.first_byte < *other->finished) {
                return {other, &row};
            }
        }
        refused.push_back(&row);
    }
    return {};
}

Answer one_for_all_callers(const Observed& seen) {
    if (auto wrong = judged_anywhere(seen, {"AUT-03"}, ""); wrong.state == State::fail) {
        return wrong;
    }
    for (const auto& [id, episode] : seen.episodes) {
        const auto crowd = met_together(episode);
        const auto judge = judged(seen, id, {"AUT-03"});
        if (crowd.empty() || judge.state != State::pass) {
            continue;
        }
        auto evidence = judge.evidence;
        evidence.push_back(rows_of(episode, crowd));
        return passes(fmt::format("{}: {}", id, judge.sentence), std::move(evidence));
    }
    return untested("never did requests that were under way together meet the same dead token");
}

// Which start of the service a row was in, from 0.
std::size_t life_of(const Episode& episode, const Exchange& row) {
    const auto next =
        std::ranges::upper_bound(episode.lives, row.first_byte - episode.began, {}, &Life::began);
    return static_cast<std::size_t>(next - episode.lives.begin());
}

// A token that was in use, and in which life it had come.
struct GoodToken {
    const Exchange* given = nullptr;
    const Exchange* used = nullptr;
    std::size_t life = 0;
};

struct Inherited {
    /// Asked for another one although a former process's was good.
    Calls anew;
    /// Used what a former process had been given.
    Calls kept;
};

// Another life of the service is another process; what one has been given is good for all.
void look_at_lives(const Episode& episode, Inherited& found) {
    std::map<std::string_view, GoodToken> good;
    for (const Exchange& row : episode.rows) {
        const auto credential = fact_of(row, "credential");
        auto& token = good[credential];
        const bool shown =
            token.given != nullptr && fact_of(row, "token") == fact_of(*token.given, "issued");
        if (credential.empty() || !row.answered()) {
            continue;
        }
        const bool later = token.given != nullptr && life_of(episode, row) > token.life;
        if (!fact_of(row, "issued").empty()) {
            if (later && token.used != nullptr) {
                found.anew.insert(found.anew.end(), {token.given, token.used, &row});
            }
            token = {.given = &row, .used = nullptr, .life = life_of(episode, row)};
        } else if (shown && row.status == 401) {
            token = {};
        } else if (shown && row.status < 400) {
            if (later) {
                found.kept.insert(found.kept.end(), {token.given, &row});
            }
            token.used = &row;
        }
    }
}

Answer one_for_all_processes(const Observed& seen) {
    std::vector<Evidence> kept;
    for (const auto& [id, episode] : seen.episodes) {
        if (!one_volume(episode)) {
            continue;
        }
        Inherited found;
        look_at_lives(episode, found);
        if (!found.anew.empty()) {
            return fails(fmt::format("{}: a process asked for a new token while the one that was "
                                     "given to the process before it was good: each has its own",
                                     id),
                         {rows_of(episode, found.anew)});
        }
        if (!found.kept.empty()) {
            kept.push_back(rows_of(episode, found.kept));
        }
    }
    return kept.empty()
               ? untested("no process had a use for a token that another was given")
               : passes("a process used the token that another was given", std::move(kept));
}

Answer one_refreshes(const Observed& seen) {
    const auto callers = one_for_all_callers(seen);
    const auto processes = one_for_all_processes(seen);
    auto answer = all_of({callers, processes});
    if (answer.state == State::pass) {
        answer.sentence = fmt::format("{}; {}", callers.sentence, processes.sentence);
    }
    return answer;
}

// --- F05

Answer kept_for_the_owner(const Observed& seen) {
    std::size_t files = 0;
    std::vector<Evidence> good;
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto& life : episode.lives) {
            for (const auto& file : life.volume) {
                const auto text = fmt::format("{}: {} has mode {:04o}", id, file.path, file.mode);
                if ((file.mode & 077U) != 0) {
                    return fails(fmt::format("what it keeps can be read by others ({}, {:04o})",
                                             file.path, file.mode),
                                 {{Evidence::Kind::process, text}});
                }
                if (files++ == 0) {
                    good.push_back({Evidence::Kind::process, text});
                }
            }
        }
    }
    return files == 0 ? untested("it keeps no file")
                      : passes(fmt::format("{} for its owner alone",
                                           counted(files, "file is", "files are")),
                               std::move(good));
}

Answer newest_token_is_kept(const Observed& seen) {
    const auto newest =
        judged_anywhere(seen, {"AUT-08", "AUT-09"}, "no refresh token was replaced");
    if (newest.state == State::fail) {
        return newest;
    }
    const auto owner = kept_for_the_owner(seen);
    auto answer = all_of({newest, owner});
    if (answer.state == State::pass) {
        answer.sentence = fmt::format("{}; {}", newest.sentence, owner.sentence);
    }
    return answer;
}

// --- F06 and F09: what a person is told

std::string_view line_with(const Episode& episode, std::initializer_list<std::string_view> words) {
    for (const auto& life : episode.lives) {
        for (const auto& line : life.log) {
            if (contains_any(ascii_lowered(line), words)) {
                return line;
            }
        }
    }
    return {};
}

// In its log, on one of its pages or among its metrics.
std::optional<Evidence> told(const Episode& episode,
                             std::initializer_list<std::string_view> words) {
    if (const auto line = line_with(episode, words); !line.empty()) {
        return log_line(episode, line);
    }
    for (const auto& probe : episode.probes) {
        if (contains_any(ascii_lowered(probe.body), words)) {
            return Evidence{Evidence::Kind::process,
                            fmt::format("{}: its answer to {}", episode.id, probe.what)};
        }
    }
    return std::nullopt;
}

Answer withdrawn_ends_at_a_person(const Observed& seen) {
    const auto found = ran(seen, tokens);
    if (!found) {
        return found.error();
    }
    auto judge = judged(seen, tokens, {"AUT-06"});
    if (judge.state != State::pass) {
        return judge;
    }
    const auto word = told(**found, {"consent", "log in again", "login again", "sign in again",
                                     "reauthor", "invalid_grant"});
    if (!word) {
        return fails(
            "the grant was withdrawn, and neither log nor pages ask a person for a new one",
            judge.evidence);
    }
    judge.evidence.push_back(*word);
    return passes(judge.sentence + ", and a person is told", judge.evidence);
}

// --- F07

Answer consent_is_checked(const Observed& seen) {
    if (auto wrong = judged_anywhere(seen, {"AUT-12", "AUT-15", "AUT-16"}, "");
        wrong.state == State::fail) {
        return wrong;
    }
    return judged_anywhere(seen, {"AUT-12", "AUT-15"}, "nobody was sent to a page of consent");
}

// --- F09

/// Requests with a credential that had been refused, one after the other.
struct Refused {
    const Exchange* first = nullptr;
    Calls after;
};

std::map<std::string, Refused> refused_credentials(const Episode& episode) {
    std::map<std::string, Refused> all;
    std::map<std::string, Refused> open;
    for (const Exchange& row : episode.rows) {
        const auto credential = fmt::format("{} {}", row.provider, header_of(row, "authorization"));
        const bool said_inside =
            fact_of(row, "ok") == "false" && contains_any(fact_of(row, "error"), {"auth", "token"});
        if (!row.answered() || header_of(row, "authorization").empty()) {
            continue;
        }
        if (row.status != 401 && !said_inside) {
            open.erase(credential);
            continue;
        }
        auto& refused = open[credential];
        if (refused.first == nullptr) {
            refused.first = &row;
        } else if (row.first_byte > *refused.first->finished + drain) {
            refused.after.push_back(&row);
        }
        if (all[credential].after.size() <= refused.after.size()) {
            all[credential] = refused;
        }
    }
    return all;
}

Answer refusals_raise_an_alarm(const Observed& seen) {
    const auto found = ran(seen, tokens);
    if (!found) {
        return found.error();
    }
    const Episode& episode = **found;
    const auto credentials = refused_credentials(episode);
    if (credentials.empty()) {
        return untested("no credential was refused");
    }
    std::size_t most = 0;
    Calls firsts;
    for (const auto& [credential, refused] : credentials) {
        most = std::max(most, refused.after.size());
        firsts.push_back(refused.first);
        if (refused.after.size() > refused_max) {
            auto rows = refused.after;
            rows.push_back(refused.first);
            return fails(fmt::format("{} more came with a credential that {} had refused",
                                     counted(refused.after.size(), "request", "requests"),
                                     refused.first->provider),
                         {rows_of(episode, rows)});
        }
    }
    const auto word = told(episode, {"401", "unauthori", "invalid_auth", "token_expired",
                                     "token_revoked", "credential", "bad credentials"});
    if (!word) {
        return fails("credentials were refused, and nothing that it wrote says so",
                     {rows_of(episode, firsts)});
    }
    return passes(
        fmt::format("{} refused, {} more at most came after it, and it says so",
                    counted(credentials.size(), "credential was", "credentials were"), most),
        {rows_of(episode, firsts), *word});
}

constexpr std::array rules{
    ItemRule{"F01", scopes_are_needed},       ItemRule{"F02", headers_only},
    ItemRule{"F03", one_refresh_one_attempt}, ItemRule{"F04", one_refreshes},
    ItemRule{"F05", newest_token_is_kept},    ItemRule{"F06", withdrawn_ends_at_a_person},
    ItemRule{"F07", consent_is_checked},      ItemRule{"F09", refusals_raise_an_alarm},
};

}  // namespace

std::span<const ItemRule> token_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
