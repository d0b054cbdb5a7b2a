#include "checklist/manifest.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/base/suggestion.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "checklist/action.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::size_t command_words_max = 64;
constexpr std::size_t variables_max = 200;
constexpr std::size_t integrations_max = 50;
constexpr std::size_t list_max = 200;
constexpr Duration patience_max = std::chrono::seconds(60);
constexpr std::size_t sentence_words_min = 3;

using Names = std::vector<std::string>;

std::unexpected<Error> bad(std::string_view key, std::string_view what, std::string remedy = {}) {
    return fail(
        Error(ErrorKind::invalid_argument, fmt::format("{}: {}: {}", manifest_name, key, what))
            .with_detail(std::string(key))
            .with_remedy(std::move(remedy)));
}

std::string below(std::string_view place, std::string_view key) {
    return place.empty() ? std::string(key) : fmt::format("{}.{}", place, key);
}

std::string own(const toml::key& key) {
    return std::string(key.str());
}

/// A table of the manifest that is read key by key; what nobody may read is an error.
class Table {
public:
    Table(const toml::table& table, std::string place) : table_(table), place_(std::move(place)) {}

    [[nodiscard]] Result<void> only(const Names& known) const {
        for (const auto& [key, node] : table_) {
            const auto name = own(key);
            if (std::ranges::find(known, name) == known.end()) {
                const auto meant = closest(name, known);
                return bad(below(place_, name), "no such key",
                           meant.empty() ? fmt::format("the keys are {}", fmt::join(known, ", "))
                                         : fmt::format("did you mean '{}'?", meant));
            }
        }
        return {};
    }

    [[nodiscard]] std::string at(std::string_view key) const { return below(place_, key); }
    [[nodiscard]] const toml::node* get(std::string_view key) const { return table_.get(key); }

    // Leaves `value` where the key is not there, as all of these do.
    [[nodiscard]] Result<void> text(std::string_view key, std::string& value) const {
        const auto* node = table_.get(key);
        if (node == nullptr) {
            return {};
        }
        const auto read = node->value_exact<std::string>();
        if (!read) {
            return bad(at(key), "no text", "write it in quotes");
        }
        value = *read;
        return {};
    }

    [[nodiscard]] Result<void> texts(std::string_view key, std::vector<std::string>& values) const {
        const auto* node = table_.get(key);
        if (node == nullptr) {
            return {};
        }
        const auto* list = node->as_array();
        if (list == nullptr || list->size() > list_max) {
            return bad(at(key), "no list of texts",
                       fmt::format("write [\"a\", \"b\"], at most {}", list_max));
        }
        for (const auto& entry : *list) {
            const auto read = entry.value_exact<std::string>();
            if (!read) {
                return bad(at(key), "an entry is no text", "write each in quotes");
            }
            values.push_back(*read);
        }
        return {};
    }

    [[nodiscard]] Result<void> map(std::string_view key,
                                   std::map<std::string, std::string>& values) const {
        APILAB_TRY(const auto* inner, table(key));
        if (inner == nullptr) {
            return {};
        }
        if (inner->size() > variables_max) {
            return bad(at(key), fmt::format("more than {} keys", variables_max));
        }
        const Table within(*inner, at(key));
        for (const auto& [name, node] : *inner) {
            APILAB_CHECK(within.text(name.str(), values[own(name)]));
        }
        return {};
    }

    [[nodiscard]] Result<void> duration(std::string_view key, Duration& value) const {
        std::string written;
        APILAB_CHECK(text(key, written));
        if (table_.get(key) == nullptr) {
            return {};
        }
        const auto read = parse_duration(written);
        if (!read || *read <= Duration::zero() || *read > patience_max) {
            return bad(at(key), fmt::format("'{}' is no time in reach", written),
                       fmt::format("write \"5s\", at most {}", format_duration(patience_max)));
        }
        value = *read;
        return {};
    }

    // Null: it is not there.
    [[nodiscard]] Result<const toml::table*> table(std::string_view key) const {
        const auto* node = table_.get(key);
        if (node != nullptr && !node->is_table()) {
            return bad(at(key), "no table",
                       fmt::format("write [{}] on a line of its own", at(key)));
        }
        return node == nullptr ? nullptr : node->as_table();
    }

private:
    const toml::table& table_;
    std::string place_;
};

bool is_lower_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

// `{prot}` would reach the program as it stands; names in capitals are the sandbox's and looked up
// when it is there.
Result<void> check_placeholders(const std::string& key, std::string_view text) {
    const Names known = {"port", "volume", "folder", "programs"};
    for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
        const auto end = text.find('}', at);
        const auto word = text.substr(at + 1, end == text.npos ? 0 : end - at - 1);
        if (is_lower_word(word) && std::ranges::find(known, word) == known.end()) {
            return bad(key, fmt::format("nothing is put in for {{{}}}", word),
                       "there are {port}, {volume}, {folder}, {programs} and the names that "
                       "`apilab sandbox env` prints, {APILAB_NPM_URL}");
        }
    }
    return {};
}

Result<void> check_url_path(const std::string& key, std::string_view path) {
    const bool plain = std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!path.starts_with('/') || !plain) {
        return bad(key, fmt::format("'{}' is no path of a URL", path),
                   "write \"/webhooks/github\"");
    }
    return {};
}

Result<void> check_url_paths(const Service& service) {
    for (const auto& [key, path] : {std::pair("service.health", &service.health),
                                    {"service.ready", &service.ready},
                                    {"service.metrics", &service.metrics},
                                    {"service.dead_letters", &service.dead_letters}}) {
        if (!path->empty()) {
            APILAB_CHECK(check_url_path(key, *path));
        }
    }
    return {};
}

Result<void> check_webhooks(const Service& service) {
    const Names senders = {"github", "notion", "slack", "standard", "stripe"};
    for (const auto& [sender, path] : service.webhooks) {
        const auto key = below("service.webhooks", sender);
        if (std::ranges::find(senders, sender) == senders.end()) {
            return bad(key, "no sender of webhooks that is known",
                       fmt::format("they are {}", fmt::join(senders, ", ")));
        }
        APILAB_CHECK(check_url_path(key, path));
    }
    if (!service.trigger.empty() && !service.webhooks.contains(service.trigger)) {
        return bad("service.trigger",
                   fmt::format("'{}' is none of service.webhooks", service.trigger),
                   "name a sender that [service.webhooks] has a path for");
    }
    return {};
}

Result<void> check_actions(const Service& service) {
    for (const auto& [key, text] : {std::pair("service.redeliver", &service.redeliver),
                                    {"service.reset_breaker", &service.reset_breaker}}) {
        if (const auto action = parse_action(*text); !text->empty() && !action) {
            return bad(key, action.error().message(), action.error().remedy());
        }
    }
    if (!service.redeliver.empty() && service.dead_letters.empty()) {
        return bad("service.redeliver", "nothing says where dead letters are seen",
                   "write service.dead_letters, too");
    }
    if (!service.token.empty() && !service.environment.contains(service.token)) {
        return bad("service.token",
                   fmt::format("'{}' is not in service.environment", service.token),
                   "name a variable that [service.environment] sets");
    }
    return {};
}

Result<void> check_service(const Service& service) {
    if (service.command.size() > command_words_max) {
        return bad("service.command", fmt::format("more than {} words", command_words_max));
    }
    if (!service.command.empty() && service.command.front().empty()) {
        return bad("service.command", "its first word is empty", "name the program");
    }
    for (const auto& word : service.command) {
        APILAB_CHECK(check_placeholders("service.command", word));
    }
    for (const auto& [name, value] : service.environment) {
        const auto key = below("service.environment", name);
        if (name.empty() || name.contains('=')) {
            return bad(key, "no name of a variable", "write letters, digits and _");
        }
        APILAB_CHECK(check_placeholders(key, value));
    }
    for (const auto& name : service.secrets) {
        if (!service.environment.contains(name)) {
            return bad("service.secrets", fmt::format("'{}' is not in service.environment", name),
                       "name variables that [service.environment] sets");
        }
    }
    APILAB_CHECK(check_url_paths(service));
    APILAB_CHECK(check_actions(service));
    return check_webhooks(service);
}

Result<void> read_service(const toml::table& node, Service& service) {
    const Table table(node, "service");
    APILAB_CHECK(table.only({"command", "environment", "secrets", "trigger", "webhooks", "health",
                             "ready", "metrics", "dead_letters", "redeliver", "reset_breaker",
                             "token", "ready_within", "kill_timeout"}));
    APILAB_CHECK(table.texts("command", service.command));
    APILAB_CHECK(table.map("environment", service.environment));
    APILAB_CHECK(table.texts("secrets", service.secrets));
    APILAB_CHECK(table.text("trigger", service.trigger));
    APILAB_CHECK(table.map("webhooks", service.webhooks));
    APILAB_CHECK(table.text("health", service.health));
    APILAB_CHECK(table.text("ready", service.ready));
    APILAB_CHECK(table.text("metrics", service.metrics));
    APILAB_CHECK(table.text("dead_letters", service.dead_letters));
    APILAB_CHECK(table.text("redeliver", service.redeliver));
    APILAB_CHECK(table.text("reset_breaker", service.reset_breaker));
    APILAB_CHECK(table.text("token", service.token));
    APILAB_CHECK(table.duration("ready_within", service.ready_within));
    APILAB_CHECK(table.duration("kill_timeout", service.kill_timeout));
    return check_service(service);
}

Result<void> check_one_of(const std::string& key, const std::string& value, const Names& allowed) {
    if (!value.empty() && std::ranges::find(allowed, value) == allowed.end()) {
        return bad(key, fmt::format("'{}' is none of them", value),
                   fmt::format("write one of {}", fmt::join(allowed, ", ")));
    }
    return {};
}

Result<Integration> read_integration(const toml::table& node, std::size_t index) {
    Integration one;
    const auto* provider = node.get("provider");
    if (provider == nullptr || provider->value_or(std::string()).empty()) {
        return bad(fmt::format("integration.{}.provider", index), "who is spoken to is missing",
                   "write provider = \"github\"");
    }
    const auto name = provider->value_or(std::string());
    const Table table(node, below("integration", name));
    APILAB_CHECK(
        table.only({"provider", "role", "data", "sensitivity", "environments", "api_version",
                    "status_page", "support", "changelog", "fallback", "calls_per_day", "cost",
                    "limit", "timeout", "scopes", "events", "consent", "off"}));
    for (const auto& [key, value] : {std::pair("provider", &one.provider),
                                     {"role", &one.role},
                                     {"data", &one.data},
                                     {"sensitivity", &one.sensitivity},
                                     {"api_version", &one.api_version},
                                     {"status_page", &one.status_page},
                                     {"support", &one.support},
                                     {"changelog", &one.changelog},
                                     {"fallback", &one.fallback},
                                     {"cost", &one.cost},
                                     {"limit", &one.limit},
                                     {"timeout", &one.timeout},
                                     {"consent", &one.consent},
                                     {"off", &one.off}}) {
        APILAB_CHECK(table.text(key, *value));
    }
    APILAB_CHECK(table.texts("environments", one.environments));
    APILAB_CHECK(table.texts("events", one.events));
    APILAB_CHECK(table.map("scopes", one.scopes));
    if (const auto* calls = table.get("calls_per_day"); calls != nullptr) {
        one.calls_per_day = calls->value_exact<std::int64_t>();
        if (!one.calls_per_day || *one.calls_per_day < 0) {
            return bad(table.at("calls_per_day"), "no number from 0", "write calls_per_day = 2400");
        }
    }
    APILAB_CHECK(check_one_of(table.at("sensitivity"), one.sensitivity,
                              {"public", "internal", "personal", "secret"}));
    APILAB_CHECK(check_one_of(table.at("fallback"), one.fallback, {"fail", "stale", "queue"}));
    APILAB_CHECK(check_one_of(table.at("consent"), one.consent, {"published", "testing", "none"}));
    if (const auto mark = one.off.find('=');
        !one.off.empty() && (mark == 0 || mark == one.off.npos)) {
        return bad(table.at("off"), fmt::format("'{}' sets no variable", one.off),
                   "write off = \"SLACK_ENABLED=false\"");
    }
    return one;
}

Result<void> read_integrations(const toml::table& root, std::vector<Integration>& all) {
    const auto* node = root.get("integration");
    if (node == nullptr) {
        return {};
    }
    const auto* list = node->as_array();
    if (list == nullptr || list->size() > integrations_max) {
        return bad("integration", "no list of tables",
                   fmt::format("write [[integration]] for each, at most {}", integrations_max));
    }
    for (const auto& entry : *list) {
        if (!entry.is_table()) {
            return bad("integration", "an entry is no table", "write [[integration]]");
        }
        APILAB_TRY(auto one, read_integration(*entry.as_table(), all.size()));
        all.push_back(std::move(one));
    }
    return {};
}

Result<Names> item_names() {
    APILAB_TRY(const auto items, sandbox::built_in_checklist());
    Names names;
    for (const auto& item : items) {
        names.push_back(item.id);
    }
    return names;
}

// 2026-11-02, bare or in quotes.
Result<std::string> read_day(const Table& table, std::string_view key) {
    const auto* node = table.get(key);
    if (node == nullptr) {
        return bad(table.at(key), "the day is missing", "write on = 2026-11-02");
    }
    if (const auto* date = node->as_date(); date != nullptr) {
        return fmt::format("{:04}-{:02}-{:02}", date->get().year, date->get().month,
                           date->get().day);
    }
    const auto text = node->value_exact<std::string>().value_or("");
    const std::string_view shape = "dddd-dd-dd";
    const bool fits = std::ranges::equal(text, shape, [](char c, char wanted) {
        return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
    });
    if (!fits) {
        return bad(table.at(key), "no day", "write on = 2026-11-02");
    }
    return text;
}

Result<PersonsAnswer> read_answer(const toml::node& node, const std::string& place) {
    if (!node.is_table()) {
        return bad(place, "no table", "write { answer = \"...\", by = \"Mara\", on = 2026-11-02 }");
    }
    const Table table(*node.as_table(), place);
    APILAB_CHECK(table.only({"answer", "by", "on", "link"}));
    PersonsAnswer answer;
    APILAB_CHECK(table.text("answer", answer.answer));
    APILAB_CHECK(table.text("by", answer.by));
    APILAB_CHECK(table.text("link", answer.link));
    for (const auto& [key, value] : {std::pair("answer", &answer.answer), {"by", &answer.by}}) {
        if (value->empty()) {
            return bad(table.at(key), "it is missing",
                       "an answer says what, who says it and when: answer, by, on");
        }
    }
    APILAB_TRY(answer.on, read_day(table, "on"));
    return answer;
}

std::size_t words_of(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
        const bool letter = c != ' ' && c != '\t' && c != '\n' && c != '\r';
        words += letter && !inside ? 1U : 0U;
        inside = letter;
    }
    return words;
}

Result<void> check_item(const std::string& place, const std::string& item, const Names& items) {
    if (std::ranges::find(items, item) == items.end()) {
        return bad(place, "no item of the checklist", "`apilab checklist list` shows them: A01");
    }
    return {};
}

Result<void> read_answers(const Table& root, Manifest& manifest) {
    APILAB_TRY(const auto items, item_names());
    APILAB_TRY(const auto* answers, root.table("answers"));
    if (answers != nullptr) {
        for (const auto& [key, node] : *answers) {
            const auto place = below("answers", key.str());
            APILAB_CHECK(check_item(place, own(key), items));
            APILAB_TRY(manifest.answers[own(key)], read_answer(node, place));
        }
    }
    APILAB_CHECK(root.map("not_applicable", manifest.not_applicable));
    for (const auto& [item, reason] : manifest.not_applicable) {
        const auto place = below("not_applicable", item);
        APILAB_CHECK(check_item(place, item, items));
        if (words_of(reason) < sentence_words_min) {
            return bad(place, "no sentence",
                       "say in a sentence why it does not concern this integration");
        }
        if (manifest.answers.contains(item)) {
            return bad(place, "it is answered as well", "keep one of the two");
        }
    }
    return {};
}

Result<void> check_own_path(std::string_view key, std::string_view path) {
    bool leaves = path.starts_with('/');
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        leaves = leaves || path.substr(at, end - at) == "..";
        at = end + 1;
    }
    if (leaves) {
        return bad(key, fmt::format("'{}' leaves the folder", path),
                   "write a path below the manifest's own folder, or say what `root` is");
    }
    return {};
}

// `..`, `../..`: nothing but up.
Result<void> check_root(std::string_view root) {
    constexpr std::size_t folders_max = 4;
    const std::string_view up = "../../../..";
    const std::size_t folders = (root.size() + 1) / 3;
    if (!root.empty() && (folders > folders_max || root != up.substr(0, folders * 3 - 1))) {
        return bad("root", fmt::format("'{}' does not lead up", root),
                   fmt::format("write \"../..\", at most {} folders", folders_max));
    }
    return {};
}

Result<Manifest> read_manifest(const toml::table& node) {
    const Table root(node, "");
    APILAB_CHECK(root.only({"name", "owner", "on_call", "root", "parts", "runbook", "alerts",
                            "tests", "fixtures", "retention", "service", "integration", "answers",
                            "not_applicable"}));
    Manifest manifest;
    for (const auto& [key, value] : {std::pair("name", &manifest.name),
                                     {"owner", &manifest.owner},
                                     {"on_call", &manifest.on_call},
                                     {"root", &manifest.root},
                                     {"runbook", &manifest.runbook},
                                     {"alerts", &manifest.alerts},
                                     {"tests", &manifest.tests},
                                     {"fixtures", &manifest.fixtures},
                                     {"retention", &manifest.retention}}) {
        APILAB_CHECK(root.text(key, *value));
    }
    if (manifest.name.empty()) {
        return bad("name", "it is missing", "write name = \"release-notes\"");
    }
    APILAB_CHECK(check_root(manifest.root));
    APILAB_CHECK(root.texts("parts", manifest.parts));
    for (const auto& part : manifest.parts) {
        APILAB_CHECK(check_own_path("parts", part));
    }
    APILAB_CHECK(check_own_path("runbook", manifest.runbook));
    APILAB_CHECK(check_own_path("alerts", manifest.alerts));
    APILAB_CHECK(check_own_path("tests", manifest.tests));
    APILAB_CHECK(check_own_path("fixtures", manifest.fixtures));
    APILAB_TRY(const auto* service, root.table("service"));
    if (service != nullptr) {
        APILAB_CHECK(read_service(*service, manifest.service));
    }
    APILAB_CHECK(read_integrations(node, manifest.integrations));
    APILAB_CHECK(read_answers(root, manifest));
    return manifest;
}

Result<void> check_shape(std::string_view text) {
    if (text.size() > manifest_bytes_max) {
        return fail(
            ErrorKind::invalid_argument,
            fmt::format("{}: it has more than {} KiB", manifest_name, manifest_bytes_max >> 10U));
    }
    return {};
}

// The line on which `key` stands below `table`; its first part may be a name with dots.
std::size_t line_below(const toml::table& table, std::string_view key);

std::size_t line_at(const toml::node& node, std::string_view rest) {
    if (const auto* table = node.as_table(); table != nullptr) {
        return line_below(*table, rest);
    }
    const auto* list = node.as_array();
    if (list == nullptr) {
        return 0;
    }
    const auto name = rest.substr(0, rest.find('.'));
    const auto more =
        name.size() == rest.size() ? std::string_view() : rest.substr(name.size() + 1);
    for (const auto& entry : *list) {
        const auto* table = entry.as_table();
        if (table == nullptr || (*table)["provider"].value_or(std::string()) != name) {
            continue;
        }
        const auto line = more.empty() ? table->source().begin.line : line_below(*table, more);
        if (line != 0) {
            return line;
        }
    }
    return 0;
}

std::size_t line_below(const toml::table& table, std::string_view key) {
    for (auto end = key.size();;) {
        const auto name = key.substr(0, end);
        if (const auto found = table.find(name); found != table.end()) {
            return end == key.size() ? found->first.source().begin.line
                                     : line_at(found->second, key.substr(end + 1));
        }
        end = end == 0 ? key.npos : key.rfind('.', end - 1);
        if (end == key.npos) {
            return 0;
        }
    }
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
    APILAB_CHECK(check_shape(text));
    try {
        return read_manifest(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return bad(fmt::format("line {}", error.source().begin.line),
                   std::string(error.description()));
    }
}

std::size_t line_of(std::string_view text, std::string_view key) {
    if (text.size() > manifest_bytes_max || key.empty()) {
        return 0;
    }
    try {
        return line_below(toml::parse(text), key);
    } catch (const toml::parse_error&) {
        return 0;
    }
}

}  // namespace apilab::cli::checklist
