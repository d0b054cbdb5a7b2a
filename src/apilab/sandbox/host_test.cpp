#include "apilab/sandbox/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <thread>

#include "apilab/base/file.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/foreign/provider.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::sandbox {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// One request over a plain socket; everything until the peer closes. `RST` where it was reset.
std::string exchange(std::uint16_t port, const std::string& request) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API asks for it
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        (void)::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
        std::array<char, 4096> buffer{};
        ssize_t count = 0;
        while ((count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0) {
            answer.append(buffer.data(), static_cast<std::size_t>(count));
        }
        answer += count < 0 ? "RST" : "";
    }
    ::close(socket);
    return answer;
}

std::string get(std::string_view path, std::string_view headers = "",
                std::string_view host = "sandbox.test") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nhost: " + std::string(host) +
           "\r\nconnection: close\r\n" + std::string(headers) + "\r\n";
}

class Host : public testing::Test {
protected:
    void start(std::string_view scenario, std::optional<std::filesystem::path> ready_file = {}) {
        start_with(scenario, {.port = 0, .admin_port = 0, .ready_file = std::move(ready_file)});
    }
    void start_with(std::string_view scenario, HostOptions how) {
        SandboxOptions options;
        options.scenario = *parse_scenario(scenario);
        options.providers.push_back(std::make_unique<internal::ThingsProvider>());
        options.providers.push_back(std::make_unique<foreign::ForeignProvider>());
        sandbox_ = *Sandbox::make(scheduler_, std::move(options));
        host_ = std::make_unique<SandboxHost>(scheduler_, *sandbox_, std::move(how));
        const auto started = host_->start();
        ASSERT_TRUE(started) << started.error().to_string();
    }
    // The client has a thread of its own; the sandbox's is this one.
    std::string send(std::uint16_t port, const std::string& request) {
        std::string answer;
        std::jthread client([&] {
            answer = exchange(port, request);
            scheduler_.stop();
        });
        scheduler_.run();
        client.join();
        scheduler_.poll();  // what the server still had to note
        return answer;
    }

    runtime::RealScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<SandboxHost> host_;
};

constexpr std::string_view two_faults =
    "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\n"
    "what = { status = 503, retry_after = \"1s\" }\nwhen = { nth = 1 }\n"
    "[[fault]]\nwhere = \"things:*\"\nwhat = { reset = \"mid_body\" }\nwhen = { nth = 1 }\n";

TEST_F(Host, serves_faults_and_answers_over_sockets_and_keeps_the_journal) {
    start(two_faults);
    EXPECT_THAT(send(host_->port(), get("/things/items/a")),
                testing::AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("etry-after: 1\r\n")));
    EXPECT_THAT(send(host_->port(), get("/things/items/a")), testing::EndsWith("RST"));
    EXPECT_THAT(send(host_->port(), get("/things/items/a")), StartsWith("HTTP/1.1 200"));
    const auto& rows = sandbox_->journal().rows();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_TRUE(rows[0].answered());
    EXPECT_TRUE(rows[1].cut);
    EXPECT_TRUE(rows[2].answered());
    EXPECT_GT(rows[2].bytes_out, 200U);
    EXPECT_NE(rows[0].connection, rows[1].connection);
    EXPECT_LE(rows[0].first_byte, rows[0].complete);
    EXPECT_LE(rows[0].complete, *rows[0].finished);
}

TEST_F(Host, links_start_with_the_address_that_was_asked) {
    start("name = \"none\"");
    EXPECT_THAT(send(host_->port(), get("/things/items/a")),
                HasSubstr("\"base\":\"http://sandbox.test/things\""));
}

TEST_F(Host, the_admin_port_asks_for_its_token) {
    start("name = \"none\"");
    EXPECT_THAT(send(host_->admin_port(), get("/_sandbox/health")), StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(send(host_->admin_port(), get("/_sandbox/health", "", "localhost")),
                StartsWith("HTTP/1.1 401"));
    const auto environment = host_->environment();
    const auto found =
        std::ranges::find(environment, "APILAB_ADMIN_TOKEN", &Environment::value_type::first);
    ASSERT_NE(found, environment.end());
    const auto& token = *found;
    EXPECT_GE(token.second.size(), 32U);
    EXPECT_THAT(send(host_->admin_port(),
                     get("/_sandbox/health", "authorization: Bearer " + token.second + "\r\n",
                         "127.0.0.1")),
                StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(send(host_->port(), get("/_sandbox/health")), StartsWith("HTTP/1.1 404"));
}

TEST_F(Host, the_ready_file_names_what_is_served_and_goes_with_the_host) {
    const std::filesystem::path path = testing::TempDir() + "host_test_ready.json";
    start("name = \"none\"", path);
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto environment = read_ready_file(path);
    ASSERT_TRUE(environment) << environment.error().to_string();
    EXPECT_EQ(*environment, host_->environment());
    EXPECT_EQ(environment->at(0).first, "APILAB_THINGS_URL");
    EXPECT_EQ(environment->at(0).second,
              "http://127.0.0.1:" + std::to_string(host_->port()) + "/things");
    EXPECT_EQ(environment->at(1).second, "http://127.0.0.1:" + std::to_string(host_->admin_port()));
    runtime::run(scheduler_, host_->stop(std::chrono::seconds(1)));
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Host, keys_are_written_where_they_are_missing_and_for_their_owner_alone) {
    const std::filesystem::path folder = testing::TempDir() + "host_test_keys";
    std::filesystem::remove_all(folder);
    start_with("name = \"none\"", {.port = 0, .admin_port = 0, .key_dir = folder});
    const auto environment = host_->environment();
    const auto found = std::ranges::find(environment, "APILAB_GOOGLE_SA_KEY_FILE",
                                         &Environment::value_type::first);
    ASSERT_NE(found, environment.end());
    struct stat status{};
    ASSERT_EQ(::stat(found->second.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(folder.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    EXPECT_THAT(*read_file(found->second, 16384), StartsWith("-----BEGIN PRIVATE KEY-----"));

    ASSERT_TRUE(write_file_atomically(found->second, "an old one"));
    SandboxHost second(scheduler_, *sandbox_, {.port = 0, .admin_port = 0, .key_dir = folder});
    ASSERT_TRUE(second.start());
    EXPECT_THAT(*read_file(found->second, 16384), StartsWith("-----BEGIN PRIVATE KEY-----"));
}

TEST_F(Host, another_origin_takes_every_path_and_notes_what_arrives) {
    start_with(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { redirect = { to = \"foreign\" } }",
        {.port = 0, .admin_port = 0, .foreign_port = 0});
    const auto environment = host_->environment();
    const auto found =
        std::ranges::find(environment, "APILAB_FOREIGN_URL", &Environment::value_type::first);
    ASSERT_NE(found, environment.end());
    EXPECT_THAT(send(host_->port(), get("/things/items/a")),
                HasSubstr("location: " + found->second + "/landing\r\n"));
    const auto port =
        static_cast<std::uint16_t>(std::stoi(found->second.substr(found->second.rfind(':') + 1)));
    EXPECT_THAT(send(port, "GET /things/items/a HTTP/1.1\r\nhost: " + found->second.substr(7) +
                               "\r\nconnection: close\r\nauthorization: Bearer x\r\n\r\n"),
                HasSubstr("\"arrived\":true"));
    EXPECT_EQ(sandbox_->journal().rows().back().provider, "foreign");
    EXPECT_EQ(sandbox_->journal().rows().back().facts.at("carried"), "authorization");
}

TEST_F(Host, a_taken_port_is_named) {
    start("name = \"none\"");
    SandboxHost second(scheduler_, *sandbox_, {.port = host_->port(), .admin_port = 0});
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().to_string(), HasSubstr("data port"));
    EXPECT_THAT(started.error().to_string(), HasSubstr(std::to_string(host_->port())));
}

TEST(ReadyFile, refuses_what_is_none) {
    const std::filesystem::path path = testing::TempDir() + "host_test_bad.json";
    for (const auto* text : {"", "[]", "{\"A\": 1}"}) {
        ASSERT_TRUE(write_file_atomically(path, text));
        EXPECT_FALSE(read_ready_file(path)) << text;
    }
    EXPECT_FALSE(read_ready_file(testing::TempDir() + "no_such_ready.json"));
}

TEST(ShellExports, survive_every_value) {
    EXPECT_EQ(shell_exports({{"A", "x y"}, {"B", "it's"}}),
              "export A='x y'\nexport B='it'\\''s'\n");
}

TEST(PlainNames, stand_beside_the_full_ones) {
    const auto names = with_plain_names({{"APILAB_NPM_URL", "u"}});
    ASSERT_EQ(names.size(), 2U);
    EXPECT_EQ(names[0].first, "APILAB_NPM_URL");
    EXPECT_EQ(names[1].first, "NPM_URL");
    EXPECT_EQ(names[1].second, "u");
    const auto google = with_plain_names({{"APILAB_GOOGLE_URL", "g"}});
    ASSERT_EQ(google.size(), 3U);
    EXPECT_EQ(google[2].first, "GMAIL_URL");
    EXPECT_EQ(google[2].second, "g");
}

std::string value_of(const Environment& environment, std::string_view name) {
    const auto found = std::ranges::find(environment, name, &Environment::value_type::first);
    return found == environment.end() ? "" : found->second;
}

class TlsHost : public Host {
protected:
    void start_tls(std::string_view scenario) {
        start_with(scenario, {.port = 0,
                              .admin_port = 0,
                              .tls_port = 0,
                              .key_dir = std::filesystem::path(testing::TempDir()) / "tls-host"});
    }
    Result<http::Response> get_over_tls(const std::string& origin, std::string_view target) {
        transport::AsioTransport way(scheduler_,
                                     {.system_roots = false, .ca_pem = sandbox_->ca_certificate()});
        const auto url = http::Url::parse(origin + std::string(target));
        return runtime::run(scheduler_, transport::send(way, http::Request::get(*url)));
    }
    std::string origin(std::string_view name) { return value_of(host_->environment(), name); }
};

TEST_F(TlsHost, serves_the_same_over_tls_and_says_so_in_its_rows) {
    start_tls("name = \"none\"");
    const auto answer = get_over_tls(origin("APILAB_TLS_URL"), "/things/items/a");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_THAT(answer->body(), HasSubstr("\"base\":\"https://127.0.0.1:"));
    EXPECT_TRUE(sandbox_->journal().rows().front().tls);
    EXPECT_EQ(sandbox_->journal().rows().front().listener, "tls");
    const auto& events = sandbox_->journal().events();
    ASSERT_GE(events.size(), 2U);
    EXPECT_EQ(events[0].kind, ConnectionEvent::Kind::accepted);
    EXPECT_EQ(events[1].kind, ConnectionEvent::Kind::tls);
    EXPECT_EQ(events[1].version, "TLSv1.3");
    EXPECT_LT(events[1].seq, sandbox_->journal().rows().front().seq);
}

TEST_F(TlsHost, its_bad_hosts_are_refused_by_a_client_that_looks) {
    start_tls("name = \"none\"");
    const std::pair<std::string_view, std::string_view> hosts[] = {
        {"APILAB_TLS_EXPIRED_URL", "expired"},
        {"APILAB_TLS_WRONG_HOST_URL", "wrong_host"},
        {"APILAB_TLS_SELF_SIGNED_URL", "self_signed"},
        {"APILAB_TLS_OLD_URL", "too_old"}};
    for (const auto& [name, why] : hosts) {
        const auto answer = get_over_tls(origin(name), "/things/items/a");
        ASSERT_FALSE(answer) << name;
        EXPECT_EQ(answer.error().kind(), ErrorKind::tls) << name;
        EXPECT_EQ(answer.error().detail(), why) << answer.error().to_string();
    }
    EXPECT_TRUE(sandbox_->journal().rows().empty());
    const auto report = judge_run(*sandbox_);
    for (const auto& check : report->checks) {
        if (check.card.id.starts_with("TLS-")) {
            EXPECT_EQ(check.finding.verdict, Verdict::pass)
                << check.card.id << ": " << check.finding.sentence;
        }
    }
}

TEST_F(TlsHost, the_authority_is_written_for_the_owner_alone) {
    start_tls("name = \"none\"");
    const auto path = origin("APILAB_CA_FILE");
    EXPECT_EQ(*read_file(path, 1 << 16), sandbox_->ca_certificate());
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(TlsHost, a_redirect_to_http_leads_to_the_plain_port) {
    start_tls(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { redirect = { to = "
        "\"http\" } }\n");
    const auto answer = get_over_tls(origin("APILAB_TLS_URL"), "/things/items/a");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->headers().value("location"), host_->origin() + "/things/items/a");
}

TEST_F(TlsHost, a_handshake_is_closed_and_stalled_as_the_faults_say) {
    start_tls(
        "name = \"x\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { close = \"in_tls\" }\n"
        "when = { first = 1 }\n[[fault]]\nwhere = \"*:*\"\nwhat = { stall = { at = "
        "\"tls\", for = \"1ms\" } }\nwhen = { first = 1 }\n");
    const auto url = origin("APILAB_TLS_URL");
    for (const auto* what : {"close", "stall"}) {
        const auto answer = get_over_tls(url, "/things/items/a");
        ASSERT_FALSE(answer) << what;
        EXPECT_EQ(answer.error().kind(), ErrorKind::connect) << answer.error().to_string();
    }
    EXPECT_TRUE(get_over_tls(url, "/things/items/a"));
}

TEST_F(TlsHost, the_journal_shows_connections_between_its_rows) {
    start_tls("name = \"none\"");
    ASSERT_TRUE(get_over_tls(origin("APILAB_TLS_URL"), "/things/items/a"));
    (void)send(host_->port(), get("/things/items/a"));
    const auto text = journal_ndjson(sandbox_->journal());
    EXPECT_THAT(text, HasSubstr(R"("type":"connection","event":"tls")"));
    EXPECT_THAT(text, HasSubstr(R"("listener":"http")"));
    EXPECT_THAT(text, HasSubstr(R"("version":"TLSv1.3")"));
    EXPECT_THAT(journal_ndjson(sandbox_->journal(), {.operation = "get_item"}),
                Not(HasSubstr("connection\",")));
    EXPECT_THAT(journal_json(sandbox_->journal()), Not(HasSubstr("\"type\":\"connection\"")));
}

std::string token_of(const SandboxHost& host) {
    for (const auto& [name, value] : host.environment()) {
        if (name == "APILAB_ADMIN_TOKEN") {
            return "authorization: Bearer " + value + "\r\n";
        }
    }
    return {};
}

TEST_F(Host, a_journal_that_is_followed_comes_over_a_socket_without_a_length) {
    start("name = \"none\"");
    (void)send(host_->port(), get("/things/items/a"));
    const auto answer =
        send(host_->admin_port(), get("/_sandbox/journal?follow=1&limit=1&operation=get_item",
                                      token_of(*host_), "127.0.0.1"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer,
                testing::AllOf(HasSubstr("connection: close\r\n"), Not(HasSubstr("content-length")),
                               HasSubstr("\"operation\":\"get_item\"")));
    EXPECT_THAT(answer, testing::EndsWith("}\n"));
}

TEST_F(Host, an_answer_that_is_held_back_an_hour_comes_when_the_clock_is_put_forward) {
    start("name = \"slow\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { delay = \"1h\" }\n");
    scheduler_.freeze();
    const auto began = scheduler_.now();
    std::string answer;
    std::string clock;
    std::jthread client([&] { answer = exchange(host_->port(), get("/things/items/a")); });
    std::jthread operator_of_the_clock([&] {
        const auto token = token_of(*host_);
        while (!exchange(host_->admin_port(), get("/_sandbox/requests/count", token, "127.0.0.1"))
                    .contains("\"count\":1")) {
        }
        clock = exchange(host_->admin_port(),
                         "POST /_sandbox/clock/advance HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: "
                         "close\r\ncontent-length: 11\r\n" +
                             token + "\r\n{\"by\":\"1h\"}");
        client.join();
        scheduler_.stop();
    });
    scheduler_.run();
    operator_of_the_clock.join();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(clock, testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\"frozen\"")));
    EXPECT_EQ(scheduler_.now() - began, std::chrono::hours(1));
    scheduler_.resume();
}

TEST_F(Host, a_provider_has_a_port_of_its_own_where_it_stands_without_its_prefix) {
    start_with("name = \"none\"", {.port = 0, .admin_port = 0, .listen = {{"things", 0}}});
    const auto url = host_->environment().at(0).second;
    EXPECT_THAT(url, Not(HasSubstr("/things")));
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    EXPECT_NE(port, host_->port());
    EXPECT_THAT(send(port, get("/items/a?x=1")), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(sandbox_->journal().rows().back().path, "/items/a");
    EXPECT_EQ(sandbox_->journal().rows().back().query, "x=1");
    EXPECT_EQ(sandbox_->journal().rows().back().listener, "things");
    const auto& events = sandbox_->journal().events();
    EXPECT_TRUE(
        std::ranges::any_of(events, [](const auto& event) { return event.listener == "things"; }));
    EXPECT_THAT(send(port, get("/things/items/a")), StartsWith("HTTP/1.1 200")) << "as links lead";
}

}  // namespace
}  // namespace apilab::sandbox
