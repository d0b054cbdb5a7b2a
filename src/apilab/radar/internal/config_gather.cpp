#include "apilab/radar/internal/config_gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "apilab/base/suggestion.hpp"
#include "apilab/radar/internal/config_scalar.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::string_view prefix = "RADAR_";
constexpr std::string_view watches_variable = "RADAR_WATCH";

std::optional<std::string> value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? std::nullopt
                                                               : std::optional(found->second);
}

// `NAME=PATH`, `NAME=github:OWNER/NAME@REF`
Watch watch_of(std::string_view text) {
    constexpr std::string_view github = "github:";
    const auto equals = std::min(text.find('='), text.size());
    Watch watch{.name = std::string(text.substr(0, equals))};
    auto place = text.substr(std::min(equals + 1, text.size()));
    if (!place.starts_with(github)) {
        watch.path = place;
        return watch;
    }
    place.remove_prefix(github.size());
    const auto at = std::min(place.find('@'), place.size());
    watch.repository = place.substr(0, at);
    watch.ref = place.substr(std::min(at + 1, place.size()));
    return watch;
}

class Gatherer {
public:
    explicit Gatherer(const ConfigSources& sources) : sources_(sources) {}

    GivenConfig gather() {
        take(sources_.flags);
        for (const auto& key : config_keys()) {
            from_environment(key);
        }
        watches_of_environment();
        unread_variables();
        gather_toml(sources_, given_);
        take(sources_.otherwise);
        return std::move(given_);
    }

private:
    void take(const std::vector<ConfigGiven>& all) {
        const bool watched = !given_.watches.empty();
        for (const auto& one : all) {
            if (one.key == "watch") {
                if (!watched) {
                    given_.watches.push_back({watch_of(one.value), one.origin});
                }
                continue;
            }
            const auto* key = find_config_key(one.key);
            if (key == nullptr) {
                unknown_flag(one);
            } else if (is_secret(*key) ||
                       (key->type == ConfigType::store && holds_password(one.value))) {
                given_.problems.push_back(config_problem(one.origin, one.key,
                                                         "a secret may not stand on a command line",
                                                         secret_remedy(*key)));
            } else {
                given_.texts.try_emplace(one.key,
                                         GivenText{.texts = {one.value}, .origin = one.origin});
            }
        }
    }
    void unknown_flag(const ConfigGiven& one) {
        std::vector<std::string> names;
        for (const auto& key : config_keys()) {
            names.emplace_back(key.name);
        }
        const auto meant = closest(one.key, names);
        given_.problems.push_back(
            config_problem(one.origin, one.key.substr(0, 64), "there is no such key",
                           meant.empty() ? "apilab radar config explain lists them"
                                         : fmt::format("did you mean {}?", meant)));
    }

    // The value or the file that the variable names; both are a contradiction.
    std::optional<GivenSecret> secret(const ConfigKey& key, const std::string& variable) {
        const auto value = value_of(sources_.environment, variable);
        const auto file = value_of(sources_.environment, variable + "_FILE");
        const auto origin = "environment " + variable;
        if (value && file) {
            given_.problems.push_back(
                config_problem(origin, key.name, fmt::format("{}_FILE is set as well", variable),
                               "unset one of them"));
            return std::nullopt;
        }
        if (value) {
            return GivenSecret{Secret(*value), origin};
        }
        if (!file) {
            return std::nullopt;
        }
        auto text = secret_in(sources_, *file);
        if (!text) {
            given_.problems.push_back(
                config_problem(origin + "_FILE", key.name, text.error().message(),
                               "name a file that holds the secret and nothing else"));
            return std::nullopt;
        }
        return GivenSecret{Secret(*std::move(text)), origin + "_FILE"};
    }

    void from_environment(const ConfigKey& key) {
        for (const auto variable : key.variables) {
            if (variable.empty() || given_.texts.contains(key.name)) {
                return;
            }
            const std::string name(variable);
            if (!has_file(key)) {
                if (auto value = value_of(sources_.environment, name)) {
                    given_.texts.try_emplace(
                        std::string(key.name),
                        GivenText{.texts = {*std::move(value)}, .origin = "environment " + name});
                }
                continue;
            }
            if (secrets_of_variable(key, name)) {
                return;
            }
        }
    }
    bool secrets_of_variable(const ConfigKey& key, const std::string& name) {
        const std::size_t count = key.type == ConfigType::secrets ? secrets_max : 1;
        std::vector<GivenSecret> found;
        const auto before = given_.problems.size();
        for (std::size_t number = 1; number <= count; ++number) {
            if (auto one = secret(key, number == 1 ? name : fmt::format("{}_{}", name, number))) {
                found.push_back(*std::move(one));
            }
        }
        if (found.empty()) {
            return given_.problems.size() > before;
        }
        if (key.type == ConfigType::store) {
            given_.texts.try_emplace(std::string(key.name),
                                     GivenText{.texts = {std::string(found[0].value.reveal())},
                                               .origin = found[0].origin});
        } else {
            given_.secrets.try_emplace(std::string(key.name), std::move(found));
        }
        return true;
    }

    void watches_of_environment() {
        const auto text = value_of(sources_.environment, std::string(watches_variable));
        if (!text || !given_.watches.empty()) {
            return;
        }
        for (const auto& one : split_list(*text)) {
            given_.watches.push_back(
                {watch_of(one), "environment " + std::string(watches_variable)});
        }
    }

    // A variable that nothing reads is somebody else's, unless it is close to one of ours.
    void unread_variables() {
        std::vector<std::string> ours = {"WATCH", "CONFIG"};
        for (const auto& key : config_keys()) {
            for (const auto& name : variables_of(key)) {
                if (name.starts_with(prefix)) {
                    ours.push_back(name.substr(prefix.size()));
                }
            }
        }
        for (const auto& [name, value] : sources_.environment) {
            if (!name.starts_with(prefix)) {
                continue;
            }
            const auto rest = name.substr(prefix.size());
            const auto meant = closest(rest, ours);
            if (!meant.empty() && std::ranges::find(ours, rest) == ours.end()) {
                given_.problems.push_back(
                    Error(ErrorKind::invalid_argument,
                          fmt::format("nothing reads the variable {}", quoted(name)))
                        .with_detail(name.substr(0, 64))
                        .with_remedy(fmt::format("did you mean {}{}?", prefix, meant)));
            }
        }
    }

    const ConfigSources& sources_;
    GivenConfig given_;
};

}  // namespace

Error config_problem(std::string_view origin, std::string_view key, std::string_view what,
                     std::string remedy) {
    return Error(ErrorKind::invalid_argument, fmt::format("{}: {}: {}", origin, key, what))
        .with_detail(std::string(key))
        .with_remedy(std::move(remedy));
}

std::string secret_remedy(const ConfigKey& key) {
    return fmt::format(
        "set {0}, or {0}_FILE to the path of a file that holds it, or {1}_file in "
        "the TOML file",
        key.variables[0], key.name);
}

Result<std::string> secret_in(const ConfigSources& sources, const std::string& path) {
    if (!sources.read_file) {
        return fail(ErrorKind::invalid_argument, "files cannot be read here");
    }
    auto text = sources.read_file(path);
    if (!text) {
        return text;
    }
    if (text->ends_with('\n')) {
        text->pop_back();
    }
    if (text->ends_with('\r')) {
        text->pop_back();
    }
    if (text->empty()) {
        return fail(ErrorKind::invalid_argument, fmt::format("{} is empty", quoted(path)));
    }
    return text;
}

GivenConfig gather_config(const ConfigSources& sources) {
    return Gatherer(sources).gather();
}

}  // namespace apilab::radar::internal
