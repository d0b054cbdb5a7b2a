// Group A: before the first call.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "apilab/base/ascii.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {
namespace {

std::vector<Evidence> rows_of_inventory(const Observed& seen, const std::set<std::string>& names) {
    std::vector<Evidence> evidence;
    for (const auto& name : names) {
        evidence.push_back(manifest_line(seen, fmt::format("integration.{}.role", name)));
    }
    return evidence;
}

std::string lacking_in(const Integration& one) {
    std::set<std::string> lacking;
    const auto need = [&](bool there, std::string_view name) {
        if (!there) {
            lacking.emplace(name);
        }
    };
    need(!one.role.empty(), "role");
    need(!one.data.empty(), "data");
    need(!one.sensitivity.empty(), "sensitivity");
    need(!one.environments.empty(), "environments");
    need(!one.api_version.empty(), "api_version");
    return listed(lacking);
}

// A02
Answer inventory(const Observed& seen) {
    const auto providers = providers_seen(seen);
    std::set<std::string> missing;
    for (const auto& name : providers) {
        if (integration_of(seen, name) == nullptr) {
            missing.insert(name);
        }
    }
    if (!missing.empty()) {
        Rows rows;
        each_call(seen, [&](const Episode& episode, const sandbox::Exchange& row) {
            if (missing.contains(std::string(inventory_name(row.provider)))) {
                rows.add(episode, row);
            }
        });
        return fails(fmt::format("{} of {} providers that were asked have no [[integration]]: {}",
                                 missing.size(), providers.size(), listed(missing)),
                     rows.evidence());
    }
    for (const auto& one : seen.manifest.integrations) {
        if (const auto lacking = lacking_in(one); !lacking.empty()) {
            return fails(
                fmt::format("the row of {} says nothing of {}", one.provider, lacking),
                {manifest_line(seen, fmt::format("integration.{}.provider", one.provider))});
        }
    }
    if (providers.empty()) {
        return untested("no call was seen, so that the inventory cannot be held against the wire");
    }
    return passes(
        fmt::format("each of {} that were asked ({}) has its row with role, data, "
                    "sensitivity, environments and API version",
                    counted(providers.size(), "provider", "providers"), listed(providers)),
        rows_of_inventory(seen, providers));
}

// What a limit allows in a day: `5000 requests/h`, `3 requests/s`. Nothing: it cannot be told.
std::optional<double> a_day_of(std::string_view limit) {
    static const std::map<std::string_view, double> days{
        {"s", 86'400}, {"second", 86'400}, {"min", 1440}, {"m", 1440}, {"minute", 1440},
        {"h", 24},     {"hour", 24},       {"d", 1},      {"day", 1},
    };
    const auto slash = limit.find('/');
    const auto digits = limit.find_first_of("0123456789");
    if (slash == std::string_view::npos || digits == std::string_view::npos || digits > slash) {
        return std::nullopt;
    }
    double number = 0;
    for (const char c : limit.substr(digits, slash - digits)) {
        if (c >= '0' && c <= '9') {
            number = number * 10 + (c - '0');
        } else if (c != ',' && c != '_') {
            break;
        }
    }
    const auto unit = limit.substr(slash + 1);
    const auto word = unit.substr(0, unit.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
    const auto found = days.find(word);
    return found == days.end() ? std::nullopt : std::optional(number * found->second);
}

// What is wrong with the estimate of one provider of which so many calls were seen; empty: nothing.
std::string wrong_estimate(const Integration* one, std::string_view name, std::int64_t measured) {
    if (one == nullptr || !one->calls_per_day) {
        return fmt::format("{} has no calls_per_day, and {} seen", name,
                           measured == 1 ? "1 call was" : fmt::format("{} calls were", measured));
    }
    if (one->cost.empty()) {
        return fmt::format("{} has no cost: not even `none`", name);
    }
    if (*one->calls_per_day < measured) {
        return fmt::format("{} calls went to {} within one run, where {} a day are expected",
                           measured, name, *one->calls_per_day);
    }
    const auto most = a_day_of(one->limit);
    if (most && static_cast<double>(*one->calls_per_day) > *most) {
        return fmt::format("{} calls a day are expected of {}, whose limit ({}) allows {:.0f}",
                           *one->calls_per_day, name, one->limit, *most);
    }
    return "";
}

// A03
Answer volume(const Observed& seen) {
    const auto calm = ran(seen, "calm");
    if (!calm) {
        return calm.error();
    }
    std::map<std::string, std::int64_t> measured;
    for (const auto& row : (*calm)->rows) {
        if (to_a_provider(row)) {
            ++measured[std::string(inventory_name(row.provider))];
        }
    }
    if (measured.empty()) {
        return untested("no call was made while all was well, so that nothing was measured");
    }
    std::set<std::string> numbers;
    std::vector<Evidence> evidence;
    for (const auto& [name, count] : measured) {
        const Integration* one = integration_of(seen, name);
        const auto line = manifest_line(seen, fmt::format("integration.{}.calls_per_day", name));
        if (const auto wrong = wrong_estimate(one, name, count); !wrong.empty()) {
            return fails(wrong, {line});
        }
        numbers.insert(fmt::format("{} {} of {}", name, count, *one->calls_per_day));
        evidence.push_back(line);
    }
    return passes(fmt::format("calls of one run beside those expected a day: {}; each estimate is "
                              "within its provider's limit",
                              listed(numbers)),
                  std::move(evidence));
}

// Who takes the version in a header; the others have it in the path.
struct Pin {
    std::string_view provider;
    std::string_view header;
};
constexpr std::array<Pin, 2> pins{
    {{"github", "x-github-api-version"}, {"notion", "notion-version"}}};

// A04
Answer pinned(const Observed& seen) {
    std::map<std::string, std::size_t> calls;
    std::set<std::string> wrong;
    Rows bare;
    Rows good;
    each_call(seen, [&](const Episode& episode, const sandbox::Exchange& row) {
        const auto pin = std::ranges::find(pins, row.provider, &Pin::provider);
        if (pin == pins.end()) {
            return;
        }
        ++calls[row.provider];
        const auto sent = row.headers ? row.headers->value(pin->header) : std::string_view();
        const Integration* one = integration_of(seen, row.provider);
        const bool other = one != nullptr && !one->api_version.empty() && sent != one->api_version;
        if (sent.empty()) {
            wrong.insert(fmt::format("{} sees no {}", row.provider, pin->header));
        } else if (other) {
            wrong.insert(fmt::format("{} sees {}, where the inventory says {}", row.provider, sent,
                                     one->api_version));
        }
        (sent.empty() || other ? bare : good).add(episode, row);
    });
    if (calls.empty()) {
        return untested("nothing was asked of a provider that takes its version in a header");
    }
    const auto all = bare.size() + good.size();
    if (!bare.empty()) {
        return fails(fmt::format("{} of {} requests name no version, or another: {}", bare.size(),
                                 all, listed(wrong)),
                     bare.evidence());
    }
    std::set<std::string> names;
    for (const auto& [name, count] : calls) {
        names.insert(fmt::format("{} to {}", count, name));
    }
    return passes(fmt::format("{0} of {0} requests name their version ({1})", all, listed(names)),
                  good.evidence());
}

// --- A05: keys and hosts of two worlds

constexpr std::array<std::string_view, 6> live_hosts{"//api.github.com", "//slack.com",
                                                     "//api.notion.com", "//api.stripe.com",
                                                     "//registry.npm",   "googleapis.com"};
constexpr std::array<std::string_view, 6> test_hosts{"//localhost", "//127.0.0.1", "//[::1]",
                                                     "sandbox.",    "staging.",    ".test/"};
constexpr std::array<std::string_view, 3> live_keys{"sk_live_", "rk_live_", "pk_live_"};
// Real ones of providers whose keys do not say which world they are of.
constexpr std::array<std::string_view, 6> any_keys{"xoxb-", "ghp_",  "github_pat_",
                                                   "ntn_",  "ya29.", "npm_"};
constexpr std::array<std::string_view, 3> test_keys{"sk_test_", "rk_test_", "pk_test_"};
constexpr std::size_t key_least = 16;

bool is_configuration(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    if (contains_any(ascii_lowered(path), {"test", "fixture", "package-lock", "package.json"})) {
        return false;
    }
    const bool named = name.starts_with(".env") || name.contains("Dockerfile");
    return named || std::ranges::any_of(
                        std::array<std::string_view, 9>{".toml", ".yaml", ".yml", ".json", ".env",
                                                        ".ini", ".conf", ".service", ".properties"},
                        [&](std::string_view end) { return name.ends_with(end); });
}

template <std::size_t N>
bool any_in(std::string_view line, const std::array<std::string_view, N>& words) {
    return std::ranges::any_of(words, [&](std::string_view one) { return line.contains(one); });
}

// So long a word begins with a real key's prefix, and nothing in it says that it stands for one.
bool real_key(std::string_view line) {
    return std::ranges::any_of(any_keys, [&](std::string_view prefix) {
        const auto at = line.find(prefix);
        if (at == std::string_view::npos) {
            return false;
        }
        const auto rest = line.substr(at);
        const auto word =
            rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHI"
                                                  "JKLMNOPQRSTUVWXYZ0123456789_-."));
        return word.size() >= key_least &&
               !contains_any(ascii_lowered(word),
                             {"stub", "test", "fake", "example", "xxx", "your"});
    });
}

// Where a file has something of either world; 0: nowhere.
struct Worlds {
    std::size_t live_key = 0;
    std::size_t live_host = 0;
    std::size_t test_key = 0;
    std::size_t test_host = 0;
};
Worlds worlds_of(std::string_view text) {
    return {.live_key = first_line(
                text, [](auto line) { return any_in(line, live_keys) || real_key(line); }),
            .live_host = first_line(text, [](auto line) { return any_in(line, live_hosts); }),
            .test_key = first_line(text, [](auto line) { return any_in(line, test_keys); }),
            .test_host = first_line(text, [](auto line) { return any_in(line, test_hosts); })};
}

// A05
Answer worlds_apart(const Observed& seen) {
    std::vector<Evidence> looked_at;
    std::size_t files = 0;
    for (const auto& file : seen.files) {
        if (!is_configuration(file.path)) {
            continue;
        }
        ++files;
        const auto has = worlds_of(file.text);
        const bool live_in_test = has.live_key != 0 && has.test_host != 0;
        const bool test_in_live = has.test_key != 0 && has.live_host != 0;
        const bool both_keys = has.live_key != 0 && has.test_key != 0;
        if (live_in_test || both_keys || test_in_live) {
            const auto key = test_in_live || both_keys ? has.test_key : has.live_key;
            const auto other = live_in_test   ? has.test_host
                               : test_in_live ? has.live_host
                                              : has.live_key;
            return fails(
                fmt::format("{} has a {} key beside a {}", file.path,
                            live_in_test ? "live" : "test",
                            live_in_test   ? "test host"
                            : test_in_live ? "live host"
                                           : "live key"),
                {line_in(file.path, live_in_test ? has.live_key : key), line_in(file.path, other)});
        }
        for (const auto line : {has.live_key, has.live_host, has.test_key, has.test_host}) {
            if (line != 0) {
                looked_at.push_back(line_in(file.path, line));
                break;
            }
        }
    }
    if (looked_at.empty()) {
        return untested(fmt::format("no key and no provider's host stands in any of {}",
                                    counted(files, "file", "files") + " of configuration"));
    }
    return passes(fmt::format("in {} of configuration every key is of the same world as the hosts "
                              "beside it ({} with a key or a host)",
                              counted(files, "file", "files"), looked_at.size()),
                  std::move(looked_at));
}

// --- A08: what was decided, and what happens

struct Outage {
    std::string provider;
    /// Struck rows, and whole answers after the first of them.
    std::vector<std::uint64_t> struck_rows;
    std::vector<std::uint64_t> later;
};

bool failed_by_fault(const sandbox::Exchange& row) {
    return !row.faults.empty() && (!row.answered() || row.status >= 400);
}

std::vector<Outage> outages_of(const Episode& episode) {
    std::map<std::string, Outage> found;
    for (const auto& row : episode.rows) {
        auto& one = found[std::string(inventory_name(row.provider))];
        if (to_a_provider(row) && failed_by_fault(row)) {
            one.struck_rows.push_back(row.seq);
        } else if (!one.struck_rows.empty() && row.answered() && row.status < 400) {
            one.later.push_back(row.seq);
        }
    }
    std::vector<Outage> all;
    for (auto& [name, one] : found) {
        if (!one.struck_rows.empty()) {
            one.provider = name;
            all.push_back(std::move(one));
        }
    }
    return all;
}

// Did the service say that this provider failed: in its log, or among what it gave up?
std::optional<Evidence> told_of(const Observed& seen, const Episode& episode,
                                std::string_view provider) {
    for (const auto& life : episode.lives) {
        for (const auto& line : life.log) {
            const auto low = ascii_lowered(line);
            if (low.contains(provider) &&
                contains_any(low, {"error", "fail", "gave up", "unavailable", "warn", "503"})) {
                return log_line(episode, line);
            }
        }
    }
    const auto& shown = seen.manifest.service.dead_letters;
    for (const auto& probe : episode.probes) {
        if (!shown.empty() && probe.what.contains(shown) &&
            ascii_lowered(probe.body).contains(provider)) {
            return Evidence{Evidence::Kind::process,
                            fmt::format("{}: {} shows it", episode.id, probe.what)};
        }
    }
    return std::nullopt;
}

bool alive_throughout(const Observed& seen, const Episode& episode) {
    return std::ranges::none_of(episode.probes, [&](const Probe& probe) {
        return probe.what.contains(seen.manifest.service.health) && probe.status != 200;
    });
}

Answer as_decided(const Observed& seen, const Episode& episode, const Outage& outage) {
    const Integration* one = integration_of(seen, outage.provider);
    const auto line = manifest_line(seen, fmt::format("integration.{}.fallback", outage.provider));
    const auto down = counted(outage.struck_rows.size(), "call", "calls");
    if (one == nullptr || one->fallback.empty()) {
        return fails(fmt::format("{} was down for {}, and no fallback is decided for it",
                                 outage.provider, down),
                     {rows_of(episode, outage.struck_rows), line});
    }
    if (!alive_throughout(seen, episode)) {
        return fails(fmt::format("{} was down, '{}' is decided, and the service was not alive",
                                 outage.provider, one->fallback),
                     {rows_of(episode, outage.struck_rows), line});
    }
    if (one->fallback == "queue" && !outage.later.empty()) {
        return passes(fmt::format("{} was down for {}, and what waited was done when it was back, "
                                  "as decided ('queue')",
                                  outage.provider, down),
                      {rows_of(episode, outage.struck_rows), rows_of(episode, outage.later), line});
    }
    if (one->fallback == "queue") {
        const auto kept = log_says(episode, [&](std::string_view text) {
            const auto low = ascii_lowered(text);
            return low.contains(outage.provider) &&
                   contains_any(low,
                                {"\"retry\"", "\"unknown\"", "queued", "pending", "try again"});
        });
        return kept
                   ? passes(fmt::format("{} was down for {} to the end, and what it was to be told "
                                        "is kept, as decided ('queue')",
                                        outage.provider, down),
                            {rows_of(episode, outage.struck_rows), *kept, line})
                   : untested(fmt::format("{} was down to the end of '{}': whether what was "
                                          "queued is done later was not seen",
                                          outage.provider, episode.id));
    }
    const auto told = told_of(seen, episode, outage.provider);
    return told ? passes(fmt::format("{} was down for {}; the service lived on and said so, as "
                                     "decided ('{}')",
                                     outage.provider, down, one->fallback),
                         {rows_of(episode, outage.struck_rows), *told, line})
                : fails(fmt::format("{} was down for {}, '{}' is decided, and neither log nor dead "
                                    "letters say that it failed",
                                    outage.provider, down, one->fallback),
                        {rows_of(episode, outage.struck_rows), line});
}

// A08
Answer fallback(const Observed& seen) {
    const auto down = ran(seen, "down");
    if (!down) {
        return down.error();
    }
    const auto outages = outages_of(**down);
    if (outages.empty()) {
        return untested("no call met the provider that was down");
    }
    Answer worst = as_decided(seen, **down, outages.front());
    for (std::size_t i = 1; i < outages.size(); ++i) {
        worst = all_of({worst, as_decided(seen, **down, outages[i])});
    }
    return worst;
}

constexpr std::array<ItemRule, 5> rules{{{"A02", inventory},
                                         {"A03", volume},
                                         {"A04", pinned},
                                         {"A05", worlds_apart},
                                         {"A08", fallback}}};

}  // namespace

std::span<const ItemRule> scope_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
