// What the emulated GitHub tells its hub, held against payloads of the real one
// (data/github/webhooks): names and types of fields. What recordings have and ours do not is listed
// here, with the reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/path_pattern.hpp"
#include "apilab/sandbox/query.hpp"
#include "apilab/sandbox/router.hpp"
#include "apilab/sandbox/world.hpp"
#include "external_data.hpp"

namespace apilab::sandbox {
namespace {

using external::data_root;
using external::json_of;
using http::Json;

// Keeps what it is told; has one hook.
class Collector final : public webhook::Hub {
public:
    Result<std::string> subscribe(webhook::Subscription /*subscription*/) override { return "1"; }
    Result<void> change(webhook::Subscription /*subscription*/) override { return {}; }
    bool unsubscribe(std::string_view /*id*/) override { return true; }
    std::optional<webhook::Subscription> find(std::string_view /*id*/) const override {
        return std::nullopt;
    }
    std::vector<webhook::Subscription> subscriptions(std::string_view /*from*/,
                                                     std::string_view /*scope*/) const override {
        return {};
    }
    void emit(webhook::Event event) override {
        told.insert_or_assign(event.type + "." + event.action, std::move(event.body));
    }
    void emit_to(std::string_view /*subscription*/, webhook::Event event) override {
        emit(std::move(event));
    }
    std::vector<webhook::DeliveryRecord> deliveries(
        std::string_view /*subscription*/) const override {
        return {};
    }
    std::optional<webhook::DeliveryRecord> delivery(std::string_view /*id*/) const override {
        return std::nullopt;
    }
    bool redeliver(std::string_view /*delivery*/) override { return false; }

    std::map<std::string, std::string> told;
};

struct Ask {
    std::string_view method;
    std::string_view path;
    std::string_view body;
};
constexpr std::array<Ask, 11> asks{{
    {"POST", "/hooks", R"({"config":{"url":"http://127.0.0.1:9","secret":"x"}})"},
    {"POST", "/issues", R"({"title":"x","body":"b","labels":["bug"],"assignees":["octo"]})"},
    {"PATCH", "/issues/158", R"({"title":"y","body":"c"})"},
    {"POST", "/issues/158/comments", R"({"body":"c"})"},
    {"DELETE", "/issues/158/labels/bug", ""},
    {"POST", "/labels", R"({"name":"fresh","description":"d"})"},
    {"DELETE", "/labels/fresh", ""},
    {"POST", "/releases", R"({"tag_name":"v9","name":"n","body":"b"})"},
    {"PUT", "/contents/a.txt", R"({"message":"m","content":"eA=="})"},
    {"PATCH", "", R"({"description":"another"})"},
    {"DELETE", "/issues/comments/0", ""},
}};

std::map<std::string, std::string> tell() {
    github::GitHubProvider provider(make_world().value().github);
    const auto router = Router::make(provider.routes()).value();
    Collector hub;
    for (const auto& ask : asks) {
        const auto target = "/repos/octo/hello" + std::string(ask.path);
        http::Request request(std::string(ask.method),
                              http::Url::parse("http://127.0.0.1/github" + target).value());
        request.body(std::string(ask.body));
        request.header("authorization", "Bearer ghp_stubtoken").header("user-agent", "test");
        const auto match = router.find(request.method(), split_path(target));
        (void)provider.answer({.request = &request,
                               .route = match.route,
                               .path = match.values,
                               .query = {},
                               .now = {},
                               .system_now = SystemTime(std::chrono::seconds(1'790'000'000)),
                               .base_url = "http://127.0.0.1/github",
                               .hub = &hub});
    }
    return hub.told;
}

// Names that recordings have and these have not, by their last parts.
const std::map<std::string_view, std::string_view>& known() {
    static const std::map<std::string_view, std::string_view> names{
        {"/installation", "the recorded repository has an app installed"},
        {"/organization", "the recorded repository belongs to an organisation"},
        {"/repository/stargazers", "an old name in push, gone since"},
        {"/repository/master_branch", "an old name in push, gone since"},
        {"/repository/organization", "the owner is a user"},
        {"/owner/name", "push says of an owner what no other event does"},
        {"/owner/email", "push says of an owner what no other event does"},
        {"/assignee", "of the event `assigned` alone"},
        {"/reactions", "not of releases"},
    };
    return names;
}

bool is_known(std::string_view path) {
    for (const auto& [name, reason] : known()) {
        if (path.ends_with(name)) {
            return true;
        }
    }
    return false;
}

std::string_view kind(Json value) {
    switch (value.kind()) {
        case Json::Kind::integer:
        case Json::Kind::number:
            return "number";
        case Json::Kind::string:
            return "string";
        case Json::Kind::array:
            return "array";
        case Json::Kind::object:
            return "object";
        case Json::Kind::boolean:
            return "boolean";
        default:
            return "";
    }
}

void compare(Json theirs, Json ours, const std::string& path, std::set<std::string>& wrong) {
    if (theirs.is_null() || ours.is_null()) {
        return;
    }
    if (kind(theirs) != kind(ours)) {
        // Push writes times as numbers.
        if (!path.ends_with("_at") && !is_known(path)) {
            wrong.insert(path + " is no " + std::string(kind(theirs)));
        }
        return;
    }
    if (theirs.is_array() && theirs.size() > 0 && ours.size() > 0) {
        compare(theirs.at_pointer("/0"), ours.at_pointer("/0"), path + "/0", wrong);
    }
    for (const auto& [name, value] : theirs.members()) {
        const auto below = path + "/" + std::string(name);
        const auto mine = ours[name];
        if (!mine.missing()) {
            compare(value, mine, below, wrong);
        } else if (!is_known(below)) {
            wrong.insert(below + " is missing");
        }
    }
}

TEST(GitHubEvents, have_the_fields_of_real_payloads) {
    const auto files = external::files_in("github/webhooks/issues");
    APILAB_SKIP_WITHOUT(files);
    const std::map<std::string, std::string> recorded{
        {"issues.opened", "issues/opened"},
        {"issues.edited", "issues/edited"},
        {"issues.labeled", "issues/labeled"},
        {"issues.unlabeled", "issues/unlabeled"},
        {"issue_comment.created", "issue_comment/created.1"},
        {"label.created", "label/created.1"},
        {"label.deleted", "label/deleted"},
        {"release.created", "release/created"},
        {"release.published", "release/published"},
        {"push.", "push/1"},
        {"ping.", "ping/"},
        {"repository.edited", "repository/edited"},
    };
    const auto told = tell();
    for (const auto& [event, file] : recorded) {
        const auto found = told.find(event);
        ASSERT_NE(found, told.end()) << event;
        const auto name = file + (file.ends_with('/') ? "payload.json" : ".payload.json");
        const auto theirs = json_of(data_root() / "github/webhooks" / name);
        const auto ours = http::JsonDocument::parse(found->second).value();
        std::set<std::string> wrong;
        compare(theirs.root(), ours.root(), "", wrong);
        EXPECT_THAT(wrong, ::testing::IsEmpty()) << event;
    }
}

}  // namespace
}  // namespace apilab::sandbox
