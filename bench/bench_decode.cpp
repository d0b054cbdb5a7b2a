// A page of 100 issues as GitHub's API sends them, some 136 KB, from text into structs: ours with
// drift on, Boost.JSON's value_to, nlohmann's get, and (no structs) JSON.parse of Node.
//
//     bench_decode [rounds, default 9] [pages a round, default 200]
//
// CPU time of this thread per page; each subject once a round, in turn. All read the same struct;
// "with times and an open enum" is ours into the types that one would choose, where the others have
// strings.

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef APILAB_HAVE_NLOHMANN
#include <nlohmann/json.hpp>
#endif

#include "apilab/data/decode.hpp"
#include "common/peers.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"

namespace {

using namespace apilab;
using namespace apilab::bench;

struct User {
    std::string login;
    std::int64_t id = 0;
    std::string node_id;
    std::string avatar_url;
    std::string html_url;
    std::string type;
    bool site_admin = false;
};
BOOST_DESCRIBE_STRUCT(User, (), (login, id, node_id, avatar_url, html_url, type, site_admin))

struct Label {
    std::int64_t id = 0;
    std::string name;
    std::string color;
    bool is_default = false;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(Label, (), (id, name, color, is_default, description))

template <class Time, class State>
struct IssueOf {
    std::string url;
    std::string repository_url;
    std::string html_url;
    std::int64_t id = 0;
    std::string node_id;
    std::int64_t number = 0;
    std::string title;
    User user;
    std::vector<Label> labels;
    State state{};
    bool locked = false;
    std::optional<User> assignee;
    std::vector<User> assignees;
    std::int32_t comments = 0;
    Time created_at{};
    Time updated_at{};
    std::optional<Time> closed_at;
    std::string author_association;
    std::optional<std::string> body;
};
using Issue = IssueOf<std::string, std::string>;
BOOST_DESCRIBE_STRUCT(Issue, (),
                      (url, repository_url, html_url, id, node_id, number, title, user, labels,
                       state, locked, assignee, assignees, comments, created_at, updated_at,
                       closed_at, author_association, body))

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)
using TypedIssue = IssueOf<SystemTime, data::Open<State>>;
BOOST_DESCRIBE_STRUCT(TypedIssue, (),
                      (url, repository_url, html_url, id, node_id, number, title, user, labels,
                       state, locked, assignee, assignees, comments, created_at, updated_at,
                       closed_at, author_association, body))

#ifdef APILAB_HAVE_NLOHMANN
// As its documentation has it; std::optional, which this version does not know, by hand.
void from_json(const nlohmann::json& json, User& user) {
    json.at("login").get_to(user.login);
    json.at("id").get_to(user.id);
    json.at("node_id").get_to(user.node_id);
    json.at("avatar_url").get_to(user.avatar_url);
    json.at("html_url").get_to(user.html_url);
    json.at("type").get_to(user.type);
    json.at("site_admin").get_to(user.site_admin);
}

template <class T>
void read_optional(const nlohmann::json& json, const char* name, std::optional<T>& out) {
    const auto& value = json.at(name);
    if (!value.is_null()) {
        value.get_to(out.emplace());
    }
}

void from_json(const nlohmann::json& json, Label& label) {
    json.at("id").get_to(label.id);
    json.at("name").get_to(label.name);
    json.at("color").get_to(label.color);
    json.at("is_default").get_to(label.is_default);
    read_optional(json, "description", label.description);
}

void from_json(const nlohmann::json& json, Issue& issue) {
    json.at("url").get_to(issue.url);
    json.at("repository_url").get_to(issue.repository_url);
    json.at("html_url").get_to(issue.html_url);
    json.at("id").get_to(issue.id);
    json.at("node_id").get_to(issue.node_id);
    json.at("number").get_to(issue.number);
    json.at("title").get_to(issue.title);
    json.at("user").get_to(issue.user);
    json.at("labels").get_to(issue.labels);
    json.at("state").get_to(issue.state);
    json.at("locked").get_to(issue.locked);
    read_optional(json, "assignee", issue.assignee);
    json.at("assignees").get_to(issue.assignees);
    json.at("comments").get_to(issue.comments);
    json.at("created_at").get_to(issue.created_at);
    json.at("updated_at").get_to(issue.updated_at);
    read_optional(json, "closed_at", issue.closed_at);
    json.at("author_association").get_to(issue.author_association);
    read_optional(json, "body", issue.body);
}
#endif

std::string user_text(const std::string& n) {
    return R"({"login":"contributor)" + n + R"(","id":90071992)" + n +
           R"(,"node_id":"MDQ6VXNlcjkwMDcx)" + n +
           R"(","avatar_url":"https://avatars.example.com/u/90071992)" + n +
           R"(?v=4","html_url":"https://example.com/contributor)" + n +
           R"(","type":"User","site_admin":false})";
}

std::string issue_text(int i) {
    const auto n = std::to_string(100 + i);
    const std::string repository = "https://api.example.com/repos/octo/hello";
    std::string labels;
    for (const auto* name : {"bug", "needs-triage"}) {
        labels +=
            std::string(labels.empty() ? "" : ",") + R"({"id":20804551)" + n + R"(,"name":")" +
            name +
            R"(","color":"d73a4a","is_default":true,"description":"Something isn't working"})";
    }
    const std::string assignee = i % 3 == 0 ? user_text(n) : "null";
    return R"({"url":")" + repository + "/issues/" + n + R"(","repository_url":")" + repository +
           R"(","html_url":"https://example.com/octo/hello/issues/)" + n + R"(","id":1803447)" + n +
           R"(,"node_id":"I_kwDOABII585rfJ)" + n + R"(","number":)" + n +
           R"(,"title":"The client retries a request that was applied )" + n + R"(","user":)" +
           user_text(n) + R"(,"labels":[)" + labels +
           R"(],"state":"open","locked":false,"assignee":)" + assignee + R"(,"assignees":[)" +
           (i % 3 == 0 ? assignee : "") + R"(],"comments":)" + std::to_string(i % 7) +
           R"(,"created_at":"2026-11-22T10:00:00Z","updated_at":"2026-11-23T11:30:00Z",)"
           R"("closed_at":null,"author_association":"CONTRIBUTOR","body":")"
           R"(### What happened\r\n\r\nThe answer was lost and the order was made twice.\r\n\r\n)"
           R"(### Steps\r\n1. Send the order.\r\n2. Drop the connection before the answer.\r\n)"
           R"(3. Look at the list of orders: there are \"two\" of them, with different keys.\r\n)" +
           std::string(40, 'x') + R"("})";
}

std::string page_text() {
    std::string text = "[";
    for (int i = 0; i < 100; ++i) {
        text += (i == 0 ? "" : ",") + issue_text(i);
    }
    return text + "]";
}

/// A bar that is to be reached from below.
void print_ratio(const char* what, double value, double bar) {
    std::printf("%-48s %6.2f x    bar %.2f: %s\n", what, value, bar,
                value >= bar ? "reached" : "NOT reached");
}

double cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct Subject {
    const char* name;
    /// Microseconds a page.
    std::function<double(int pages)> run;
    Samples us;
};

/// `decode` gives the number of comments of all issues, so that nothing can be left out.
template <class Decode>
std::function<double(int)> measured(Decode decode, std::int64_t wanted) {
    return [decode, wanted](int pages) {
        const double before = cpu_us();
        for (int i = 0; i < pages; ++i) {
            if (decode() != wanted) {
                throw std::runtime_error("a page was not read as it should");
            }
        }
        return (cpu_us() - before) / pages;
    };
}

template <class List>
std::int64_t comments_of(const List& issues) {
    std::int64_t sum = 0;
    for (const auto& issue : issues) {
        sum += issue.comments;
    }
    return sum;
}

template <class I>
std::int64_t ours(const std::string& text, data::OnDrift policy) {
    const auto decoded = data::decode<std::vector<I>>(text, {.on_drift = policy});
    if (!decoded || !decoded->drift.none()) {
        throw std::runtime_error(decoded ? decoded->drift.entries.front().to_string()
                                         : decoded.error().to_string());
    }
    return comments_of(decoded->value);
}

std::deque<Subject> subjects(const std::string& text, const std::string& file) {
    const std::int64_t wanted = ours<Issue>(text, data::OnDrift::strict);
    std::deque<Subject> all;
    all.push_back({"apilab decode, drift on",
                   measured([&text] { return ours<Issue>(text, data::OnDrift::tolerant); }, wanted),
                   {}});
    all.push_back(
        {"the same, with times and an open enum",
         measured([&text] { return ours<TypedIssue>(text, data::OnDrift::tolerant); }, wanted),
         {}});
    all.push_back({"of which http::JsonDocument::parse",
                   measured(
                       [&text, wanted] {
                           return http::JsonDocument::parse(text)->root().is_array() ? wanted : 0;
                       },
                       wanted),
                   {}});
    all.push_back({"Boost.JSON parse and value_to",
                   measured(
                       [&text] {
                           return comments_of(
                               boost::json::value_to<std::vector<Issue>>(boost::json::parse(text)));
                       },
                       wanted),
                   {}});
    all.push_back({"the same, with a monotonic_resource",
                   measured(
                       [&text] {
                           boost::json::monotonic_resource memory;
                           return comments_of(boost::json::value_to<std::vector<Issue>>(
                               boost::json::parse(text, &memory)));
                       },
                       wanted),
                   {}});
#ifdef APILAB_HAVE_NLOHMANN
    all.push_back(
        {"nlohmann parse and get",
         measured(
             [&text] { return comments_of(nlohmann::json::parse(text).get<std::vector<Issue>>()); },
             wanted),
         {}});
#endif
    if (const auto node = installed("node")) {
        all.push_back({"Node, JSON.parse alone (no structs)",
                       [program = *node, file](int pages) {
                           return std::stod(run_program({program, peer_script("decode_node.mjs"),
                                                         file, std::to_string(pages)})
                                                .out);
                       },
                       {}});
    } else {
        std::printf("Node is left out: it is not installed\n");
    }
    return all;
}

const Samples& times_of(const std::deque<Subject>& all, const std::string& name) {
    return std::ranges::find(all, name, [](const Subject& one) { return std::string(one.name); })
        ->us;
}

void measure(int rounds, int pages) {
    const auto text = page_text();
    const ScratchDir scratch;
    auto all = subjects(text, scratch.write("page.json", text));
    for (int round = 0; round < rounds; ++round) {
        for (auto& subject : all) {
            subject.us.add(subject.run(pages));
        }
    }
    std::printf("a page of 100 issues, %zu bytes; median (min to max) of %d rounds of %d pages\n",
                text.size(), rounds, pages);
    for (const auto& subject : all) {
        std::printf("  %-40s %s us\n", subject.name, subject.us.to_string(0).c_str());
    }
    const auto& own = all.front().us;
    const auto& typed = all[1].us;
    const auto& boost = times_of(all, "Boost.JSON parse and value_to");
    print_ratio("Boost.JSON value_to against ours", median_ratio(boost, own), 2);
    print_ratio("the same, against ours with times", median_ratio(boost, typed), 2);
    print_ratio("Boost.JSON with a monotonic_resource",
                median_ratio(times_of(all, "the same, with a monotonic_resource"), own), 2);
#ifdef APILAB_HAVE_NLOHMANN
    const auto& other = times_of(all, "nlohmann parse and get");
    print_ratio("nlohmann against ours", median_ratio(other, own), 5);
    print_ratio("the same, against ours with times", median_ratio(other, typed), 5);
#else
    std::printf("nlohmann is left out: it was not there when this was built\n");
#endif
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(argument(argc, argv, 1, 9), argument(argc, argv, 2, 200));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_decode: %s\n", error.what());
        return 1;
    }
}
