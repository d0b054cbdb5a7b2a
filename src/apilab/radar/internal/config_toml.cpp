// The TOML file's part of a configuration.

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "apilab/base/suggestion.hpp"
#include "apilab/radar/internal/config_gather.hpp"
#include "apilab/radar/internal/config_scalar.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::string_view file_suffix = "_file";
constexpr std::string_view watch_name = "watch";

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a text";
        case toml::node_type::integer:
            return "a number";
        case toml::node_type::floating_point:
            return "a number with a point";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

// `slack` of `slack.token`: does any key begin with it?
bool is_section(std::string_view name) {
    return std::ranges::any_of(config_keys(), [&](const ConfigKey& key) {
        return key.name.size() > name.size() && key.name.starts_with(name) &&
               key.name[name.size()] == '.';
    });
}

// The secret whose file `name` names: `slack.token` of `slack.token_file`.
const ConfigKey* secret_of_file(std::string_view name) {
    if (!name.ends_with(file_suffix)) {
        return nullptr;
    }
    const auto* key = find_config_key(name.substr(0, name.size() - file_suffix.size()));
    return key != nullptr && has_file(*key) ? key : nullptr;
}

std::vector<std::string> all_names() {
    std::vector<std::string> names = {std::string(watch_name)};
    for (const auto& key : config_keys()) {
        names.emplace_back(key.name);
        if (const auto dot = key.name.find('.'); dot != std::string_view::npos) {
            names.emplace_back(key.name.substr(0, dot));
        }
        if (has_file(key)) {
            names.push_back(std::string(key.name) + std::string(file_suffix));
        }
    }
    return names;
}

class TomlReader {
public:
    TomlReader(const ConfigSources& sources, GivenConfig& given)
        : sources_(sources), given_(given), watched_(!given.watches.empty()) {}

    void read(const toml::table& table, const std::string& path) {
        for (const auto& [word, node] : table) {
            const auto name =
                path.empty() ? std::string(word.str()) : fmt::format("{}.{}", path, word.str());
            if (name == watch_name) {
                watches(node);
            } else if (const auto* key = find_config_key(name)) {
                value(*key, node);
            } else if (const auto* secret = secret_of_file(name)) {
                secret_files(*secret, name, node);
            } else if (!is_section(name)) {
                unknown(name, node);
            } else if (const auto* section = node.as_table()) {
                read(*section, name);
            } else {
                wrong(node, name, fmt::format("expected a table, not {}", kind_of(node)),
                      fmt::format("write [{}] on a line of its own", name));
            }
        }
    }

private:
    [[nodiscard]] std::string place(const toml::node& node) const {
        return fmt::format("{}:{}", sources_.file, node.source().begin.line);
    }
    void wrong(const toml::node& node, std::string_view key, std::string_view what,
               std::string remedy) {
        given_.problems.push_back(config_problem(place(node), key, what, std::move(remedy)));
    }
    void unknown(const std::string& name, const toml::node& node) {
        const auto meant = closest(name, all_names());
        wrong(node, quoted(name), "there is no such key",
              meant.empty() ? "apilab radar config explain lists them"
                            : fmt::format("did you mean {}?", meant));
    }

    void value(const ConfigKey& key, const toml::node& node) {
        if (is_secret(key)) {
            wrong(node, key.name,
                  "a secret may not stand in this file, which others read and which is kept",
                  secret_remedy(key));
            return;
        }
        auto given = as_given(key, node);
        if (!given) {
            wrong(node, key.name, fmt::format("expected {}, not {}", expected(key), kind_of(node)),
                  key.type == ConfigType::number || key.type == ConfigType::truth
                      ? "write it without quotes"
                      : "write it in quotes");
            return;
        }
        if (key.type == ConfigType::store && holds_password(given->texts[0])) {
            wrong(node, key.name, "a password may not stand in this file", secret_remedy(key));
            return;
        }
        given_.texts.try_emplace(std::string(key.name), *std::move(given));
    }
    // Nothing: it is not of the kind that the key has in TOML.
    [[nodiscard]] std::optional<GivenText> as_given(const ConfigKey& key,
                                                    const toml::node& node) const {
        GivenText given{.origin = place(node)};
        if (key.type == ConfigType::list) {
            auto texts = texts_of(node);
            if (!texts) {
                return std::nullopt;
            }
            given.texts = *std::move(texts);
            given.is_list = true;
            return given;
        }
        if (key.type == ConfigType::number) {
            const auto number = node.value_exact<std::int64_t>();
            given.texts = {number ? std::to_string(*number) : std::string()};
            return number ? std::optional(std::move(given)) : std::nullopt;
        }
        if (key.type == ConfigType::truth) {
            const auto truth = node.value_exact<bool>();
            given.texts = {truth.value_or(false) ? "true" : "false"};
            return truth ? std::optional(std::move(given)) : std::nullopt;
        }
        const auto text = node.value_exact<std::string>();
        given.texts = {text.value_or(std::string())};
        return text ? std::optional(std::move(given)) : std::nullopt;
    }
    [[nodiscard]] static std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
        const auto* array = node.as_array();
        if (array == nullptr) {
            return std::nullopt;
        }
        std::vector<std::string> texts;
        for (const auto& element : *array) {
            const auto text = element.value_exact<std::string>();
            if (!text) {
                return std::nullopt;
            }
            texts.push_back(*text);
        }
        return texts;
    }

    void secret_files(const ConfigKey& key, const std::string& name, const toml::node& node) {
        auto paths = texts_of(node);
        if (const auto path = node.value_exact<std::string>()) {
            paths = std::vector<std::string>{*path};
        }
        const std::size_t most = key.type == ConfigType::secrets ? secrets_max : 1;
        if (!paths || paths->empty() || paths->size() > most) {
            wrong(node, name,
                  most == 1
                      ? std::string("expected the path of a file")
                      : fmt::format("expected the path of a file, or a list of 1 to {}", most),
                  "write it in quotes");
            return;
        }
        if (given_.secrets.contains(key.name) || given_.texts.contains(key.name)) {
            return;  // the environment said it
        }
        std::vector<GivenSecret> secrets;
        for (const auto& path : *paths) {
            auto text = secret_in(sources_, path);
            if (!text) {
                wrong(node, name, text.error().message(),
                      "name a file that holds the secret and nothing else");
                return;
            }
            secrets.push_back({Secret(*std::move(text)), place(node)});
        }
        if (key.type == ConfigType::store) {
            given_.texts.try_emplace(std::string(key.name),
                                     GivenText{.texts = {std::string(secrets[0].value.reveal())},
                                               .origin = place(node)});
        } else {
            given_.secrets.try_emplace(std::string(key.name), std::move(secrets));
        }
    }

    void watches(const toml::node& node) {
        const auto* array = node.as_array();
        if (array == nullptr || !array->is_array_of_tables()) {
            if (array == nullptr || !array->empty()) {
                wrong(node, watch_name, fmt::format("expected tables, not {}", kind_of(node)),
                      "write [[watch]] on a line of its own for each project");
            }
            return;
        }
        for (const auto& element : *array) {
            watch(*element.as_table());
        }
    }
    void watch(const toml::table& table) {
        Watch watch;
        for (const auto& [word, node] : table) {
            const std::string name(word.str());
            std::string* field = field_of(watch, name);
            const auto text = node.value_exact<std::string>();
            if (field == nullptr) {
                std::vector<std::string> names;
                for (const auto& key : watch_keys()) {
                    names.emplace_back(key.name);
                }
                const auto meant = closest(name, names);
                wrong(node, fmt::format("watch.{}", name.substr(0, 64)), "there is no such key",
                      meant.empty() ? fmt::format("the keys are {}", fmt::join(names, ", "))
                                    : fmt::format("did you mean {}?", meant));
            } else if (!text) {
                wrong(node, "watch." + name, fmt::format("expected a text, not {}", kind_of(node)),
                      "write it in quotes");
            } else {
                *field = *text;
            }
        }
        if (!watched_) {
            given_.watches.push_back({std::move(watch), place(table)});
        }
    }
    static std::string* field_of(Watch& watch, std::string_view name) {
        if (name == "name") {
            return &watch.name;
        }
        if (name == "path") {
            return &watch.path;
        }
        if (name == "repository") {
            return &watch.repository;
        }
        if (name == "ref") {
            return &watch.ref;
        }
        return name == "file" ? &watch.file : nullptr;
    }

    const ConfigSources& sources_;
    GivenConfig& given_;
    /// Flags or the environment named projects: those of the file do not count.
    bool watched_;
};

}  // namespace

void gather_toml(const ConfigSources& sources, GivenConfig& given) {
    if (sources.text.size() > config_text_max) {
        given.problems.push_back(config_problem(
            sources.file, "file", fmt::format("it is larger than {} bytes", config_text_max),
            "name the file that holds radar's configuration"));
        return;
    }
    try {
        const auto table = toml::parse(sources.text);
        TomlReader(sources, given).read(table, {});
    } catch (const toml::parse_error& error) {
        // What the parser says may repeat a part of the line, and that may be a secret.
        given.problems.push_back(config_problem(
            fmt::format("{}:{}", sources.file, error.source().begin.line), "syntax",
            fmt::format("it is no TOML from column {} on", error.source().begin.column),
            "write lines of key = \"value\", and [section] on lines of their own"));
    }
}

}  // namespace apilab::radar::internal
