#include "apilab/radar/internal/config_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/radar/internal/config_scalar.hpp"
#include "apilab/work/retention.hpp"
#include "apilab/work/sender.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::size_t watches_max = 200;
constexpr std::size_t ref_max = 255;
constexpr std::size_t name_max = 40;

bool made_of(std::string_view text, std::string_view others) {
    return std::ranges::all_of(text, [&](char c) { return ascii_alnum(c) || others.contains(c); });
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= name_max && std::ranges::all_of(name, [](char c) {
        return ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
    });
}

bool is_repository(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos || text.size() > 200) {
        return false;
    }
    const auto owner = text.substr(0, slash);
    const auto name = text.substr(slash + 1);
    return !owner.empty() && !name.empty() && made_of(owner, "-_") && made_of(name, "-_.") &&
           name != "." && name != "..";
}

// A path below the repository: it leads nowhere else.
bool is_inner_path(std::string_view text) {
    if (text.empty() || text.size() > 1024 || !is_plain(text) || text.starts_with('/') ||
        text.contains('\\')) {
        return false;
    }
    while (!text.empty()) {
        const auto slash = std::min(text.find('/'), text.size());
        const auto part = text.substr(0, slash);
        if (part.empty() || part == "." || part == "..") {
            return false;
        }
        text.remove_prefix(std::min(slash + 1, text.size()));
    }
    return true;
}

bool is_ref(std::string_view text) {
    return text.size() <= ref_max && made_of(text, "-_./+") && !text.contains("..") &&
           !text.starts_with('/') && !text.starts_with('-');
}

bool is_mail(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::none_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= 0x20U || byte >= 0x7fU ||
                      std::string_view("<>,;:\"()[]\\").contains(c);
           });
}

class Rules {
public:
    Rules(const Config& config, const GivenConfig& given, ConfigLoad& load)
        : config_(config), given_(given), load_(load) {}

    void check() {
        sinks();
        gmail();
        webhooks();
        hook();
        watches();
        dashboard();
        addresses();
        switches();
        if (config_.calls.attempt > config_.calls.deadline) {
            wrong("calls.deadline", "it ends before the first attempt does",
                  "raise it, or lower calls.attempt");
        }
        if (const auto kept = work::validate(config_.retention); !kept) {
            const auto key = "retention." + kept.error().detail();
            if (!is_bad(key)) {
                wrong(key, kept.error().message(),
                      "a copy that comes later than its key would run once more");
            }
        }
    }

private:
    [[nodiscard]] std::string origin(const std::string& key) const {
        for (const auto& value : load_.values) {
            if (value.name == key) {
                return value.origin == "-" ? "not set" : value.origin;
            }
        }
        return "not set";
    }
    void wrong(const std::string& key, std::string_view what, std::string remedy) {
        load_.problems.push_back(config_problem(origin(key), key, what, std::move(remedy)));
    }
    // Something was wrong with it already: nothing follows from that.
    [[nodiscard]] bool is_bad(std::string_view key) const {
        return std::ranges::any_of(load_.problems, [&](const Error& problem) {
            return problem.detail() == key || problem.detail() == std::string(key) + "_file";
        });
    }
    void needed(bool is_there, const std::string& key, std::string_view for_what) {
        const auto* known = find_config_key(key);
        if (!is_there && !is_bad(key)) {
            wrong(key, fmt::format("{} needs it", for_what),
                  is_secret(*known) ? secret_remedy(*known)
                                    : fmt::format("set {} or {}", key, known->variables[0]));
        }
    }
    // A secret that nothing uses: a part of a sink was forgotten, perhaps.
    void unused(const std::string& key, bool used, std::string_view switched_on_by) {
        const auto found = given_.secrets.find(key);
        if (found != given_.secrets.end() && !used && !is_bad(switched_on_by) &&
            !found->second.front().origin.starts_with("environment APILAB_")) {
            load_.notes.push_back(
                fmt::format("{} is set and not used: {} is not", key, switched_on_by));
        }
    }

    void switches() {
        constexpr std::array<std::string_view, 6> known{"npm",   "osv",    "github",
                                                        "slack", "notion", "gmail"};
        for (const auto& name : config_.off) {
            if (std::ranges::find(known, name) == known.end()) {
                wrong("off", fmt::format("nobody is called '{}'", name.substr(0, name_max)),
                      fmt::format("there are {}", fmt::join(known, ", ")));
            } else {
                load_.notes.push_back(fmt::format("{} is switched off (off)", name));
            }
        }
    }
    void sinks() {
        if (config_.slack) {
            needed(!config_.slack->token.empty(), "slack.token", "slack.channel");
            if (config_.slack->channel.contains(' ')) {
                wrong("slack.channel", "a channel's id or name has no spaces", "such as C012AB3CD");
            }
        }
        unused("slack.token", config_.slack.has_value(), "slack.channel");
        if (config_.notion) {
            needed(!config_.notion->token.empty(), "notion.token", "notion.data_source");
            if (!made_of(config_.notion->data_source, "-_")) {
                wrong("notion.data_source", "expected an id of letters, digits and '-'",
                      "it stands in the data source's settings");
            }
        }
        unused("notion.token", config_.notion.has_value(), "notion.data_source");
        unused("gmail.refresh_token", config_.gmail.has_value(), "gmail.from");
    }

    void gmail() {
        if (!config_.gmail) {
            return;
        }
        const auto& gmail = *config_.gmail;
        if (!is_mail(gmail.from)) {
            wrong("gmail.from", "expected one mail address and nothing else", "ada@example.org");
        }
        needed(!gmail.to.empty(), "gmail.to", "gmail.from");
        for (const auto& to : gmail.to) {
            if (!is_mail(to)) {
                wrong("gmail.to", fmt::format("expected mail addresses, not {}", quoted(to)),
                      "one address in each entry");
            }
        }
        if (!gmail.service_account_file.empty()) {
            if (!gmail.refresh_token.empty()) {
                wrong("gmail.service_account_file", "gmail.refresh_token is set as well",
                      "a user's consent or a service account, not both");
            }
            return;
        }
        needed(!gmail.client_id.empty(), "gmail.client_id", "gmail.from");
        needed(!gmail.client_secret.empty(), "gmail.client_secret", "gmail.from");
        needed(!gmail.refresh_token.empty(), "gmail.refresh_token", "gmail.from");
    }

    void webhooks() {
        for (const auto& source : config_.webhooks) {
            const auto key = "webhooks." + source.sender;
            const auto* sender = work::find_sender(source.sender);
            if (sender == nullptr || is_bad(key)) {
                continue;
            }
            const auto verifier =
                work::SignatureVerifier::create(sender->scheme, {.secrets = source.secrets});
            if (!verifier) {
                wrong(key, verifier.error().message(), "copy it as the sender shows it");
            }
        }
        for (const auto& name : config_.webhooks_from) {
            const auto key = "webhooks." + name;
            if (work::find_sender(name) == nullptr || find_config_key(key) == nullptr) {
                wrong("webhooks.from",
                      fmt::format("nobody is called '{}'", name.substr(0, name_max)),
                      "there are github, notion, slack, standard and stripe");
            } else {
                needed(given_.secrets.contains(key), key, "webhooks.from");
            }
        }
    }

    void hook() {
        if (!config_.github_hook) {
            return;
        }
        if (config_.github_hook->origin() != config_.urls.github.origin()) {
            wrong("github.hook", "it is elsewhere than urls.github, and the token would go there",
                  fmt::format("begin it with {}", config_.urls.github.to_string()));
        }
        if (!config_.github_hook->path().contains("/hook")) {
            wrong("github.hook", "expected the address of one webhook",
                  "https://.../repos/OWNER/NAME/hooks/ID");
        }
        needed(config_.github_token.has_value(), "github.token", "github.hook");
        needed(given_.secrets.contains("webhooks.github"), "webhooks.github", "github.hook");
    }

    void watches() {
        std::set<std::string> names;
        std::set<std::string> places;
        for (const auto& [watch, from] : given_.watches) {
            const auto say = [&](std::string_view what, std::string remedy) {
                load_.problems.push_back(config_problem(from, "watch", what, std::move(remedy)));
            };
            if (!is_name(watch.name)) {
                say(fmt::format("name: expected 1 to 40 of a-z0-9._-, not {}", quoted(watch.name)),
                    "name = \"webshop\"");
            } else if (!names.insert(watch.name).second) {
                say(fmt::format("name: {} is there twice", watch.name), "each has its own name");
            }
            if (const auto what = wrong_place(watch); !what.empty()) {
                say(what, "path = \"package-lock.json\", or repository = \"owner/name\"");
            } else if (!places
                            .insert(fmt::format("{}\n{}\n{}\n{}", watch.path,
                                                ascii_lowered(watch.repository), watch.ref,
                                                watch.repository.empty() ? "" : watch.file))
                            .second) {
                say(fmt::format("{} watches what another one watches", quoted(watch.name)),
                    "remove one of them");
            }
        }
        if (given_.watches.size() > watches_max) {
            wrong("watch", fmt::format("expected {} projects at most", watches_max),
                  "let several radars share them");
        }
        if (!given_.watches.empty() && !given_.texts.contains("urls.npm")) {
            needed(false, "urls.npm", "a watched project");
        }
    }
    static std::string wrong_place(const Watch& watch) {
        if (watch.path.empty() == watch.repository.empty()) {
            return "expected either path or repository";
        }
        if (!watch.path.empty()) {
            return is_plain(watch.path) && watch.path.size() <= 4096
                       ? std::string()
                       : "path: expected 1 to 4096 bytes without control characters";
        }
        if (!is_repository(watch.repository)) {
            return fmt::format("repository: expected owner/name, not {}", quoted(watch.repository));
        }
        if (!is_ref(watch.ref)) {
            return fmt::format("ref: expected a branch, tag or commit, not {}", quoted(watch.ref));
        }
        return is_inner_path(watch.file)
                   ? std::string()
                   : fmt::format("file: expected a path within the repository, not {}",
                                 quoted(watch.file));
    }

    void dashboard() {
        if (config_.dashboard && config_.dashboard_token.empty() && !is_loopback(config_.address) &&
            !is_bad("address") && !is_bad("dashboard.token")) {
            wrong("dashboard.token",
                  fmt::format("whoever reaches {} could open the dashboard", config_.address),
                  "set RADAR_DASHBOARD_TOKEN, or listen at 127.0.0.1, or set dashboard.enabled to "
                  "false");
        }
        for (const auto& host : config_.hosts) {
            if (!made_of(host, "-.:[]")) {
                wrong("hosts", fmt::format("expected host names, not {}", quoted(host)),
                      "radar.example.org");
            }
        }
    }

    // A token that is sent in the clear is everybody's on the way.
    void addresses() {
        const auto clear = [&](const std::string& key, const http::Url& url, bool with_token) {
            if (with_token && !url.secure() && !config_.simulated && !is_loopback(url.host()) &&
                url.host() != "localhost") {
                wrong(key, fmt::format("a token would go to {} in the clear", url.host()),
                      "write https://, or set simulated to true where it is a sandbox");
            }
        };
        clear("urls.github", config_.urls.github, config_.github_token.has_value());
        clear("urls.slack", config_.urls.slack, config_.slack.has_value());
        clear("urls.notion", config_.urls.notion, config_.notion.has_value());
        clear("urls.google", config_.urls.google, config_.gmail.has_value());
        clear("urls.google_token", config_.urls.google_token, config_.gmail.has_value());
    }

    const Config& config_;
    const GivenConfig& given_;
    ConfigLoad& load_;
};

}  // namespace

void check_config(const Config& config, const GivenConfig& given, ConfigLoad& load) {
    Rules(config, given, load).check();
}

}  // namespace apilab::radar::internal
