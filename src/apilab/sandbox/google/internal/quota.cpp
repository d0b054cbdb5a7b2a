#include "apilab/sandbox/google/internal/quota.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::int64_t usual_cost = 5;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 27> costs{{
    {"batch", 0},           {"batch_gmail", 0},     {"get_profile", 1},    {"list_labels", 1},
    {"get_label", 1},       {"list_history", 2},    {"send_message", 100}, {"upload_message", 100},
    {"resume_send", 100},   {"insert_message", 25}, {"upload_insert", 25}, {"import_message", 25},
    {"upload_import", 25},  {"delete_message", 10}, {"batch_modify", 50},  {"batch_delete", 50},
    {"list_threads", 10},   {"get_thread", 10},     {"modify_thread", 10}, {"trash_thread", 10},
    {"untrash_thread", 10}, {"delete_thread", 20},  {"create_draft", 10},  {"upload_draft", 10},
    {"send_draft", 100},    {"watch", 100},         {"stop", 50},
}};

// What an operation needs: one of these scopes, by the ends of their names.
struct Needs {
    std::string_view operation;
    std::string_view scopes;
};
constexpr std::string_view everything = "https://mail.google.com/";
constexpr std::string_view prefix = "https://www.googleapis.com/auth/gmail.";
constexpr std::string_view reading = "modify readonly";

constexpr std::array<Needs, 30> needs{{
    {"get_profile", "modify compose readonly metadata"},
    {"list_messages", "modify readonly metadata"},
    {"get_message", "modify readonly metadata"},
    {"list_threads", "modify readonly metadata"},
    {"get_thread", "modify readonly metadata"},
    {"list_history", "modify readonly metadata"},
    {"watch", "modify readonly metadata"},
    {"stop", "modify readonly metadata"},
    {"list_labels", "modify readonly labels metadata"},
    {"get_label", "modify readonly labels metadata"},
    {"create_label", "modify labels"},
    {"update_label", "modify labels"},
    {"patch_label", "modify labels"},
    {"delete_label", "modify labels"},
    {"send_message", "modify compose send"},
    {"upload_message", "modify compose send"},
    {"resume_send", "modify compose send"},
    {"insert_message", "modify insert"},
    {"upload_insert", "modify insert"},
    {"import_message", "modify insert"},
    {"upload_import", "modify insert"},
    {"list_drafts", "modify compose readonly"},
    {"get_draft", "modify compose readonly"},
    {"create_draft", "modify compose"},
    {"upload_draft", "modify compose"},
    {"update_draft", "modify compose"},
    {"delete_draft", "modify compose"},
    {"send_draft", "modify compose"},
    {"get_attachment", reading},
    {"modify_message", "modify"},
}};

constexpr std::array<std::string_view, 3> for_ever = {"delete_message", "batch_delete",
                                                      "delete_thread"};

}  // namespace

std::int64_t cost_of(std::string_view operation) {
    const auto* found = std::ranges::find(costs, operation, &decltype(costs)::value_type::first);
    return found == costs.end() ? usual_cost : found->second;
}

bool scope_permits(std::string_view scope, std::string_view operation) {
    if (oauth::has_scope(scope, everything)) {
        return true;
    }
    if (std::ranges::find(for_ever, operation) != for_ever.end()) {
        return false;
    }
    const auto* found = std::ranges::find(needs, operation, &Needs::operation);
    std::string_view wanted = found == needs.end() ? std::string_view("modify") : found->scopes;
    while (!wanted.empty()) {
        const auto one = wanted.substr(0, wanted.find(' '));
        wanted.remove_prefix(std::min(one.size() + 1, wanted.size()));
        if (oauth::has_scope(scope, std::string(prefix) + std::string(one))) {
            return true;
        }
    }
    return false;
}

}  // namespace apilab::sandbox::google
