#include "apilab/sandbox/notion/internal/users.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <vector>

#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

json::object bot_object() {
    return {
        {"object", "user"},
        {"id", bot_user_id},
        {"name", "apilab"},
        {"avatar_url", nullptr},
        {"type", "bot"},
        {"bot", json::object{{"owner", json::object{{"type", "workspace"}, {"workspace", true}}},
                             {"workspace_name", "apilab"},
                             {"workspace_id", workspace_id},
                             {"workspace_limits",
                              json::object{{"max_file_upload_size_in_bytes", 5'242'880}}}}}};
}

json::object person_object(std::string_view id, std::string_view name, std::string_view email,
                           const json::value& avatar) {
    return {
        {"object", "user"}, {"id", id},
        {"name", name},     {"avatar_url", avatar},
        {"type", "person"}, {"person", json::object{{"email", email}, {"email_verified", true}}}};
}

std::vector<json::object> everybody() {
    return {person_object(person_id, "Mara Lind", "mara@apilab.example",
                          "https://files.example/mara.png"),
            person_object("7d3f1c9a-52c4-4f0e-9b1d-0a11ab000004", "Jon Ek", "jon@apilab.example",
                          nullptr),
            bot_object()};
}

}  // namespace

http::Response get_bot(const Call& /*call*/) {
    return answer_with(bot_object());
}

http::Response get_user(const Call& call) {
    const auto id = path_id(call, "user");
    if (!id) {
        return id.error();
    }
    for (const auto& user : everybody()) {
        if (user.at("id").as_string() == *id) {
            return answer_with(user);
        }
    }
    return not_found("user", *id);
}

http::Response list_users(const Call& call) {
    const auto all = everybody();
    const auto cut = cut_list(
        call, all.size(), [&](std::size_t i) { return std::string(all[i].at("id").as_string()); });
    return cut ? answer_with(list_of(*cut, "user", [&](std::size_t i) { return all[i]; }))
               : cut.error();
}

http::Response list_custom_emojis(const Call& /*call*/) {
    return answer_with({{"object", "list"},
                        {"type", "custom_emoji"},
                        {"results", json::array()},
                        {"has_more", false},
                        {"next_cursor", nullptr}});
}

}  // namespace apilab::sandbox::notion
