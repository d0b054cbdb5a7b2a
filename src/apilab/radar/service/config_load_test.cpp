// Configuration: who says what counts, what is refused and with which words, and that no secret
// leaves.
#include "apilab/radar/service/config_load.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "apilab/http/url.hpp"
#include "apilab/work/retention.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigLoader : public testing::Test {
protected:
    ConfigLoad load(std::string_view text = {}) {
        return load_config({.text = text,
                            .environment = environment,
                            .flags = flags,
                            .otherwise = otherwise,
                            .read_file = [this](const std::string& path) -> Result<std::string> {
                                const auto found = files.find(path);
                                if (found == files.end()) {
                                    return fail(ErrorKind::invalid_argument,
                                                path + ": there is no such file");
                                }
                                return found->second;
                            }});
    }
    // Message and remedy of each problem.
    std::vector<std::string> problems(std::string_view text = {}) {
        std::vector<std::string> all;
        for (const auto& problem : load(text).problems) {
            EXPECT_EQ(problem.kind(), ErrorKind::invalid_argument);
            EXPECT_FALSE(problem.detail().empty());
            EXPECT_FALSE(problem.remedy().empty()) << problem.message();
            all.push_back(problem.message() + " (" + problem.remedy() + ")");
        }
        return all;
    }
    static std::string of(const ConfigLoad& loaded, std::string_view name) {
        for (const auto& value : loaded.values) {
            if (value.name == name) {
                return value.value + "|" + value.origin;
            }
        }
        return "no such value";
    }
    Config good(std::string_view text = {}) {
        auto loaded = load(text);
        for (const auto& problem : loaded.problems) {
            ADD_FAILURE() << problem.to_string();
        }
        return loaded.config.value_or(Config{.urls = urls()});
    }
    static ApiUrls urls() {
        const auto none = *http::Url::parse("http://none.invalid");
        return {none, none, none, none, none, none, none};
    }

    Environment environment;
    std::vector<ConfigGiven> flags;
    std::vector<ConfigGiven> otherwise = {{"urls.npm", "http://npm.invalid", "npm"}};
    std::map<std::string, std::string> files;
};

TEST_F(ConfigLoader, nothing_at_all_is_a_configuration_with_nothing_to_watch) {
    otherwise.clear();
    const auto config = good();
    const Config fresh{.urls = urls()};
    EXPECT_THAT(config.watches, IsEmpty());
    EXPECT_THAT(config.webhooks, IsEmpty());
    EXPECT_FALSE(config.slack || config.notion || config.gmail);
    EXPECT_EQ(config.address, fresh.address);
    EXPECT_EQ(config.port, fresh.port);
    EXPECT_EQ(config.schedule, fresh.schedule);
    EXPECT_EQ(config.backup_schedule, fresh.backup_schedule);
    EXPECT_EQ(config.disk_floor_bytes, fresh.disk_floor_bytes);
    EXPECT_EQ(config.grace, fresh.grace);
    EXPECT_EQ(config.calls.attempt, fresh.calls.attempt);
    EXPECT_EQ(config.calls.deadline, fresh.calls.deadline);
    EXPECT_EQ(config.log_format, fresh.log_format);
    EXPECT_EQ(config.dashboard, fresh.dashboard);
    EXPECT_EQ(config.retention.keys, fresh.retention.keys);
    EXPECT_EQ(config.retention.done_jobs, fresh.retention.done_jobs);
    EXPECT_EQ(config.store.reveal(), "sqlite:radar.db");
    EXPECT_EQ(config.urls.google_token.to_string(), "https://oauth2.googleapis.com/token");
}

TEST_F(ConfigLoader, it_drains_where_others_reach_it_and_never_beyond_its_grace) {
    EXPECT_EQ(drain_of(good()), 0s) << "nobody routes to loopback";
    EXPECT_EQ(drain_of(good("drain = '1s'")), 1s) << "who has a proxy there says so";
    environment = {{"PORT", "8080"}};
    EXPECT_EQ(drain_of(good()), 300ms);
    EXPECT_EQ(drain_of(good("drain = '0s'")), 0s);
    EXPECT_EQ(drain_of(good("drain = '5s'\ngrace = '2s'")), 2s);
    EXPECT_EQ(drain_of(good("grace = '0s'")), 0s);
}

TEST_F(ConfigLoader, a_call_ends_no_sooner_than_its_first_attempt) {
    EXPECT_EQ(good("[calls]\nattempt = '3s'\ndeadline = '3s'").calls.deadline, 3s);
    EXPECT_THAT(problems("[calls]\ndeadline = '29s'"),
                ElementsAre(HasSubstr("calls.deadline: it ends before the first attempt does")));
    EXPECT_THAT(problems("[calls]\nattempt = '31s'"), Contains(HasSubstr("from 1s to 30s")));
}

TEST_F(ConfigLoader, only_who_is_asked_or_told_can_be_switched_off) {
    EXPECT_THAT(problems("off = ['slack', 'npn']"),
                ElementsAre(HasSubstr("off: nobody is called 'npn'")));
    environment = {{"RADAR_OFF", "osv,gmail"}};
    EXPECT_THAT(good().off, ElementsAre("osv", "gmail"));
    EXPECT_THAT(load().notes, Contains("gmail is switched off (off)"));
}

TEST_F(ConfigLoader, a_sender_that_is_counted_on_has_a_secret) {
    const std::string from = "[webhooks]\nfrom = ['github', 'slack']";
    environment = {{"RADAR_SLACK_WEBHOOK_SECRET", "s"}};
    EXPECT_THAT(problems(from),
                ElementsAre(AllOf(HasSubstr("webhooks.github: webhooks.from needs it"),
                                  HasSubstr("RADAR_GITHUB_WEBHOOK_SECRET"))));
    environment["RADAR_GITHUB_WEBHOOK_SECRET"] = "g";
    EXPECT_THAT(problems(from), IsEmpty());
    EXPECT_THAT(problems("[webhooks]\nfrom = ['gitlab']"),
                ElementsAre(HasSubstr("webhooks.from: nobody is called 'gitlab'")));
}

TEST_F(ConfigLoader, a_flag_comes_before_the_environment_before_the_file_before_the_default) {
    EXPECT_EQ(of(load(), "schedule"), "every 6h|default");
    constexpr std::string_view text = "\nschedule = 'every 5h'\n";
    EXPECT_EQ(of(load(text), "schedule"), "every 5h|radar.toml:2");
    environment["RADAR_SCHEDULE"] = "every 4h";
    EXPECT_EQ(of(load(text), "schedule"), "every 4h|environment RADAR_SCHEDULE");
    flags = {{"schedule", "every 3h", "--schedule"}};
    EXPECT_EQ(of(load(text), "schedule"), "every 3h|--schedule");
    EXPECT_EQ(good(text).schedule, "every 3h");
    EXPECT_EQ(of(load(), "urls.npm"), "http://npm.invalid|npm");
    environment["APILAB_NPM_URL"] = "http://127.0.0.1:4010/npm";
    EXPECT_EQ(of(load(), "urls.npm"), "http://127.0.0.1:4010/npm|environment APILAB_NPM_URL");
}

TEST_F(ConfigLoader, an_empty_variable_is_not_set) {
    environment["RADAR_SCHEDULE"] = "";
    environment["RADAR_SLACK_TOKEN"] = "";
    EXPECT_EQ(good().schedule, "every 6h");
}

TEST_F(ConfigLoader, everything_that_a_file_can_say) {
    environment = {{"RADAR_SLACK_TOKEN", "xoxb-1"},
                   {"RADAR_NOTION_TOKEN", "ntn_1"},
                   {"RADAR_GITHUB_TOKEN", "ghp_1"},
                   {"RADAR_DASHBOARD_TOKEN", "0123456789abcdef"},
                   {"RADAR_GITHUB_WEBHOOK_SECRET", "hook"}};
    files["/run/key.json"] = "{}";
    const auto config = good(R"(
        address = "0.0.0.0"
        port = 9000
        store = "sqlite:/data/radar.db"
        schedule = "30 7 * * mon-fri Europe/Berlin"
        hosts = ["radar.example.org"]
        grace = "2s"
        disk_floor = "1GiB"
        log_format = "human"
        [urls]
        github = "https://github.example.org/api/v3"
        [github]
        hook = "https://github.example.org/api/v3/repos/o/r/hooks/1"
        [slack]
        channel = "C1"
        level = "critical"
        quiet = "22:00-07:30 Europe/Berlin"
        [notion]
        data_source = "0123-abc"
        read_every = "1h"
        [gmail]
        from = "radar@example.org"
        to = ["ada@example.org", "bob@example.org"]
        service_account_file = "/run/key.json"
        [backup]
        folder = "/data/backup"
        [retention]
        keys = "90d"
        [[watch]]
        name = "webshop"
        path = "/src/webshop"
        [[watch]]
        name = "site"
        repository = "octo/site"
        ref = "main"
        file = "web/package-lock.json")");
    EXPECT_EQ(config.port, 9000);
    EXPECT_EQ(config.disk_floor_bytes, std::uint64_t{1} << 30U);
    EXPECT_EQ(config.grace, 2s);
    ASSERT_TRUE(config.slack && config.slack->quiet && config.notion && config.gmail);
    EXPECT_EQ(config.slack->level, Severity::critical);
    EXPECT_EQ(config.slack->quiet->to, 450min);
    EXPECT_EQ(config.slack->quiet->zone, "Europe/Berlin");
    EXPECT_EQ(config.notion->read_every, 1h);
    EXPECT_THAT(config.gmail->to, ElementsAre("ada@example.org", "bob@example.org"));
    EXPECT_EQ(config.retention.keys, std::chrono::days(90));
    ASSERT_EQ(config.watches.size(), 2U);
    EXPECT_EQ(config.watches[0].path, "/src/webshop");
    EXPECT_EQ(config.watches[1].file, "web/package-lock.json");
    EXPECT_EQ(sqlite_path(config), "/data/radar.db");
}

TEST_F(ConfigLoader, all_problems_are_told_at_once_each_with_its_place) {
    const auto all = problems(
        "port = 70000\nschedule = 'now and then'\n[slack]\nchanel = 'C1'\nlevel = 3\n[x]\n");
    EXPECT_THAT(all, testing::UnorderedElementsAre(
                         HasSubstr("radar.toml:1: port: expected a number from 0 to 65535"),
                         HasSubstr("radar.toml:2: schedule: expected a schedule"),
                         HasSubstr("did you mean slack.channel?"),
                         AllOf(HasSubstr("radar.toml:5: slack.level"),
                               HasSubstr("not a number (write it in quotes)")),
                         HasSubstr("radar.toml:6: 'x': there is no such key")))
        << "all of them";
}

TEST_F(ConfigLoader, what_is_written_as_another_type_is_refused_with_what_would_be_right) {
    const std::map<std::string, std::string> table = {
        {"port = '80'", "not a text (write it without quotes)"},
        {"port = 8.5", "not a number with a point"},
        {"port = -1", "from 0 to 65535, not '-1'"},
        {"simulated = 'true'", "expected true or false, not a text"},
        {"hosts = 'a'", "expected a list of 0 to 20 texts, not a text"},
        {"hosts = [1]", "not a list"},
        {"hosts = ['']", "expected texts of 1 to 254 bytes"},
        {"hosts = ['a b']", "expected host names"},
        {"grace = '61s'", "from 0s to 1m"},
        {"grace = '-1s'", "grace: expected a duration"},
        {"drain = '6s'", "from 0s to 5s"},
        {"grace = 4", "not a number (write it in quotes)"},
        {"disk_floor = '1 GB'", "expected a size"},
        {"disk_floor = '99999999999999999999GiB'", "expected a size"},
        {"log_format = 'xml'", "expected one of json, human, not 'xml'"},
        {"address = 'localhost'", "expected a numeric address"},
        {"address = '127.0.0.1; rm'", "expected a numeric address"},
        {"store = 'radar.db'", "expected sqlite:PATH or postgres://..."},
        {"store = 'sqlite:'", "expected sqlite:PATH or postgres://..."},
        {"shared = 'http://x'", "expected redis://... or unix:PATH"},
        {"shared = 'rediss://x'", "the address of Redis: "},
        {"shared = 'redis://x:0'", "the port is 1 to 65535"},
        {"schedule = '0 0 30 2 *'", "expected a schedule"},
        {"slack = 1", "expected a table, not a number (write [slack]"},
        {"[urls]\nosv = 'ftp://x'", "expected an http or https URL"},
        {"[urls]\nosv = 'http://x?a=b'", "it has a query"},
        {"[slack]\nquiet = '22:00-07:00 Mars/Olympus'", "expected two times of the day"},
        {"[slack]\nquiet = '22:00-22:00'", "expected two times of the day"},
        {"[slack]\nquiet = '24:00-07:00'", "expected two times of the day"},
        {"[notion]\nread_every = '30s'", "a duration from 1m to 1d"},
        {"[slack]\nchannel = ''", "a text of 1 to 80 bytes"},
        {"[slack]\nchannel = \"a\\u0007\"", "a text of 1 to 80 bytes, not 'a?'"},
        {"watch = 1", "expected tables, not a number"},
        {"[[watch]]\nnam = 'a'", "did you mean name?"},
        {"[[watch]]\nname = 1", "watch.name: expected a text"},
        {"port = 1\nport = 2", "radar.toml:2: syntax"},
        {"a = '\x01'", "radar.toml:1: syntax"},
        {"2026 = 1979-05-27", "there is no such key"},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_THAT(problems(text), Contains(HasSubstr(expected))) << text;
    }
}

TEST_F(ConfigLoader, an_unknown_key_is_an_error_with_what_was_meant) {
    EXPECT_THAT(problems("[slack]\ntokenfile = 'x'"),
                Contains(HasSubstr("did you mean slack.token_file?")));
    EXPECT_THAT(problems("shedule = 'every 6h'"), Contains(HasSubstr("did you mean schedule?")));
    EXPECT_THAT(problems("[slak]\nchannel = 'C1'"), Contains(HasSubstr("did you mean slack?")));
    EXPECT_THAT(problems("[frobnicate]"), Contains(HasSubstr("config explain lists them")));
    flags = {{"slack.chanel", "x", "--set"}};
    EXPECT_THAT(problems(), Contains(HasSubstr("--set: slack.chanel: there is no such key (did you "
                                               "mean slack.channel?)")));
}

TEST_F(ConfigLoader, a_variable_that_nothing_reads_is_an_error_where_it_is_close_to_one) {
    environment = {{"RADAR_SLACK_CHANEL", "C1"},
                   {"RADAR_SERVICE_HOST", "10.0.0.1"},
                   {"RADAR_PORT", "tcp://10.0.0.1:80"}};
    EXPECT_THAT(problems(), ElementsAre(AllOf(HasSubstr("'RADAR_SLACK_CHANEL'"),
                                              HasSubstr("did you mean RADAR_SLACK_CHANNEL?"))));
}

// What no message, value, note or error may hold.
constexpr std::string_view token = "xoxb-THIS-IS-SECRET";

std::string everything_said(const ConfigLoad& loaded) {
    std::string text;
    for (const auto& problem : loaded.problems) {
        text += problem.to_string() + problem.remedy() + problem.detail() + "\n";
    }
    for (const auto& value : loaded.values) {
        text += value.name + value.value + value.origin + "\n";
    }
    for (const auto& note : loaded.notes) {
        text += note + "\n";
    }
    return text;
}

TEST_F(ConfigLoader, a_secret_in_the_file_or_a_flag_is_refused_with_where_it_belongs) {
    const auto in_file = fmt::format("[slack]\nchannel = 'C1'\ntoken = '{}'", token);
    EXPECT_THAT(
        problems(in_file),
        Contains(AllOf(HasSubstr("radar.toml:3: slack.token: a secret may not stand"),
                       HasSubstr("RADAR_SLACK_TOKEN_FILE"), HasSubstr("slack.token_file"))));
    EXPECT_THAT(everything_said(load(in_file)), Not(HasSubstr(token)));
    const auto as_list = fmt::format("[webhooks]\ngithub = ['{}']", token);
    EXPECT_THAT(everything_said(load(as_list)),
                AllOf(HasSubstr("a secret may not stand"), Not(HasSubstr(token))));
    const auto half = fmt::format("[slack]\ntoken = {}", token);
    EXPECT_THAT(everything_said(load(half)), AllOf(HasSubstr("syntax"), Not(HasSubstr(token))));
    flags = {{"slack.token", std::string(token), "--set"}};
    EXPECT_THAT(everything_said(load()),
                AllOf(HasSubstr("may not stand on a command line"), Not(HasSubstr(token))));
}

TEST_F(ConfigLoader, a_password_in_a_stores_address_comes_from_the_environment_or_a_file_alone) {
    const std::string address = "postgres://radar:THIS-IS-SECRET@db/radar";
    EXPECT_THAT(everything_said(load("store = '" + address + "'")),
                AllOf(HasSubstr("a password may not stand in this file"),
                      Not(HasSubstr("THIS-IS-SECRET"))));
    flags = {{"store", address, "--store"}};
    EXPECT_THAT(everything_said(load()), AllOf(HasSubstr("may not stand on a command line"),
                                               Not(HasSubstr("THIS-IS-SECRET"))));
    flags.clear();
    environment["RADAR_STORE"] = address;
    EXPECT_EQ(good().store.reveal(), address);
    EXPECT_THAT(everything_said(load()),
                AllOf(HasSubstr("postgres://... (sha256:"), Not(HasSubstr("THIS-IS-SECRET"))));
    environment = {{"RADAR_STORE_FILE", "/run/store"}};
    files["/run/store"] = address + "\n";
    EXPECT_EQ(good().store.reveal(), address);
    environment.clear();
    EXPECT_EQ(good("store_file = '/run/store'").store.reveal(), address);
    EXPECT_EQ(good("store = 'postgres://db/radar'").store.reveal(), "postgres://db/radar");
}

TEST_F(ConfigLoader, a_secret_comes_from_the_variable_or_the_file_that_it_or_the_toml_names) {
    files = {{"/run/slack", std::string(token) + "\r\n"}, {"/run/empty", "\n"}};
    constexpr std::string_view channel = "[slack]\nchannel = 'C1'\n";
    environment = {{"RADAR_SLACK_TOKEN", std::string(token)}};
    EXPECT_EQ(good(channel).slack->token.reveal(), token);
    environment = {{"RADAR_SLACK_TOKEN_FILE", "/run/slack"}};
    EXPECT_EQ(good(channel).slack->token.reveal(), token);
    EXPECT_EQ(of(load(channel), "slack.token"),
              "sha256:" + Secret(std::string(token)).fingerprint() +
                  "|environment RADAR_SLACK_TOKEN_FILE");
    environment.clear();
    EXPECT_EQ(good(std::string(channel) + "token_file = '/run/slack'").slack->token.reveal(),
              token);
    environment = {{"APILAB_SLACK_TOKEN", "of the sandbox"}};
    EXPECT_EQ(good(channel).slack->token.reveal(), "of the sandbox");

    environment = {{"RADAR_SLACK_TOKEN_FILE", "/run/none"}};
    EXPECT_THAT(problems(channel),
                ElementsAre(AllOf(HasSubstr("environment RADAR_SLACK_TOKEN_FILE: slack.token"),
                                  HasSubstr("there is no such file"))));
    environment = {{"RADAR_SLACK_TOKEN_FILE", "/run/empty"}};
    EXPECT_THAT(problems(channel), ElementsAre(HasSubstr("'/run/empty' is empty")));
    environment = {{"RADAR_SLACK_TOKEN_FILE", "/run/slack"}, {"RADAR_SLACK_TOKEN", "other"}};
    EXPECT_THAT(problems(channel), ElementsAre(HasSubstr("RADAR_SLACK_TOKEN_FILE is set as well")));
    environment = {{"RADAR_SLACK_TOKEN", "two\nlines"}};
    EXPECT_THAT(problems(channel), ElementsAre(HasSubstr("without line ends")));
    environment.clear();
    EXPECT_THAT(problems(std::string(channel) + "token_file = 7"),
                Contains(HasSubstr("expected the path of a file")));
    EXPECT_THAT(problems(std::string(channel) + "token_file = '/run/none'"),
                ElementsAre(HasSubstr("radar.toml:3: slack.token_file")));
}

TEST_F(ConfigLoader, several_secrets_of_a_sender_count_while_one_is_being_changed) {
    files = {{"/run/2", "second"}, {"/run/1", "first"}};
    environment = {{"RADAR_GITHUB_WEBHOOK_SECRET", "one, with a comma"},
                   {"RADAR_GITHUB_WEBHOOK_SECRET_2_FILE", "/run/2"},
                   {"RADAR_GITHUB_WEBHOOK_SECRET_3", "third"}};
    const auto config = good();
    ASSERT_EQ(config.webhooks.size(), 1U);
    EXPECT_EQ(config.webhooks[0].sender, "github");
    EXPECT_THAT(config.webhooks[0].secrets,
                ElementsAre(Secret("one, with a comma"), Secret("second"), Secret("third")));
    environment.clear();
    const auto by_file = good("[webhooks]\ngithub_file = ['/run/1', '/run/2']");
    EXPECT_THAT(by_file.webhooks.at(0).secrets, ElementsAre(Secret("first"), Secret("second")));
    EXPECT_THAT(problems("[webhooks]\ngithub_file = ['/a', '/b', '/c', '/d']"),
                ElementsAre(HasSubstr("a list of 1 to 3")));
}

TEST_F(ConfigLoader, a_webhook_secret_that_is_none_of_its_sender_is_refused) {
    environment = {{"RADAR_STANDARD_WEBHOOK_SECRET", "not base64!"}};
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("environment RADAR_STANDARD_WEBHOOK_SECRET: "
                                                  "webhooks.standard")));
}

TEST_F(ConfigLoader,
       the_platforms_port_is_heard_from_outside_and_without_a_token_has_no_dashboard) {
    environment = {{"PORT", "3000"}};
    auto loaded = load();
    ASSERT_TRUE(loaded.config);
    EXPECT_EQ(loaded.config->port, 3000);
    EXPECT_EQ(loaded.config->address, "0.0.0.0");
    EXPECT_FALSE(loaded.config->dashboard);
    EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("RADAR_DASHBOARD_TOKEN")));
    environment["RADAR_DASHBOARD_TOKEN"] = "0123456789abcdef";
    EXPECT_TRUE(good().dashboard);
    environment = {{"PORT", "3000"}, {"RADAR_ADDRESS", "127.0.0.1"}};
    EXPECT_EQ(good().address, "127.0.0.1");
    EXPECT_TRUE(good().dashboard);
    environment = {{"PORT", "3000"}};
    EXPECT_EQ(good("address = '127.0.0.1'").address, "127.0.0.1");
    flags = {{"address", "127.0.0.1", "--listen"}, {"port", "1", "--listen"}};
    EXPECT_EQ(good().port, 1);
    flags = {{"port", "1", "--listen"}};
    EXPECT_EQ(good().address, "127.0.0.1");
}

TEST_F(ConfigLoader, a_dashboard_that_strangers_could_open_is_refused) {
    constexpr std::string_view text = "address = '0.0.0.0'";
    EXPECT_THAT(problems(text), ElementsAre(HasSubstr("could open the dashboard")));
    EXPECT_THAT(problems("address = '::'"), ElementsAre(HasSubstr("could open the dashboard")));
    environment = {{"PORT", "1"}, {"RADAR_DASHBOARD_ENABLED", "true"}};
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("could open the dashboard")));
    environment = {{"RADAR_DASHBOARD_TOKEN", "short"}};
    EXPECT_THAT(problems(text), ElementsAre(HasSubstr("a secret of 16 to 8192 bytes")));
    environment = {{"RADAR_DASHBOARD_TOKEN", "0123456789abcdef"}};
    EXPECT_TRUE(good(text).dashboard);
    environment.clear();
    EXPECT_FALSE(good("address = '0.0.0.0'\n[dashboard]\nenabled = false").dashboard);
    EXPECT_TRUE(good("address = '::1'").dashboard);
}

TEST_F(ConfigLoader, ids_are_kept_for_longer_than_any_sender_sends_again) {
    EXPECT_THAT(problems("[retention]\nkeys = '29d'"),
                ElementsAre(AllOf(HasSubstr("retention.keys"), HasSubstr("from 30d"))));
    EXPECT_THAT(problems("[retention]\nmessages = '1d'"), ElementsAre(HasSubstr("from 3d")));
    EXPECT_EQ(good("[retention]\ndone_jobs = '0'").retention.done_jobs, 0s);
    EXPECT_TRUE(work::validate(good().retention));
}

TEST_F(ConfigLoader, a_project_is_watched_once_and_names_what_there_is) {
    const std::map<std::string, std::string> table = {
        {"name = 'a'", "expected either path or repository"},
        {"name = 'a'\npath = 'x'\nrepository = 'o/r'", "expected either path or repository"},
        {"path = 'x'", "name: expected 1 to 40 of a-z0-9._-, not ''"},
        {"name = 'A b'\npath = 'x'", "not 'A b'"},
        {"name = 'a'\nrepository = 'just-a-name'", "expected owner/name"},
        {"name = 'a'\nrepository = 'o/..'", "expected owner/name"},
        {"name = 'a'\nrepository = 'o/r/x'", "expected owner/name"},
        {"name = 'a'\nrepository = 'o/r?x'", "expected owner/name"},
        {"name = 'a'\nrepository = 'o/r'\nref = '../main'", "expected a branch, tag or commit"},
        {"name = 'a'\nrepository = 'o/r'\nref = 'a b'", "expected a branch, tag or commit"},
        {"name = 'a'\nrepository = 'o/r'\nfile = '/etc/passwd'", "a path within the repository"},
        {"name = 'a'\nrepository = 'o/r'\nfile = 'a/../../b'", "a path within the repository"},
        {"name = 'a'\nrepository = 'o/r'\nfile = ''", "a path within the repository"},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_THAT(problems("[[watch]]\n" + text), Contains(HasSubstr(expected))) << text;
    }
    EXPECT_THAT(problems("[[watch]]\nname='a'\npath='x'\n[[watch]]\nname='a'\npath='y'"),
                ElementsAre(HasSubstr("radar.toml:4: watch: name: a is there twice")));
    EXPECT_THAT(problems("[[watch]]\nname='a'\npath='x'\n[[watch]]\nname='b'\npath='x'"),
                ElementsAre(HasSubstr("'b' watches what another one watches")));
    EXPECT_THAT(
        problems("[[watch]]\nname='a'\nrepository='O/r'\n[[watch]]\nname='b'\nrepository='o/r'"),
        ElementsAre(HasSubstr("'b' watches what another one watches")));
    otherwise.clear();
    EXPECT_THAT(problems("[[watch]]\nname='a'\npath='x'"),
                ElementsAre(HasSubstr("set urls.npm or APILAB_NPM_URL")));
}

TEST_F(ConfigLoader, projects_may_be_named_by_flags_and_the_environment) {
    environment["RADAR_WATCH"] = "shop=/src/shop, site=github:octo/site@main";
    auto config = good("[[watch]]\nname = 'of-the-file'\npath = 'x'");
    ASSERT_EQ(config.watches.size(), 2U);
    EXPECT_EQ(config.watches[0].path, "/src/shop");
    EXPECT_EQ(config.watches[1].repository, "octo/site");
    EXPECT_EQ(config.watches[1].ref, "main");
    flags = {{"watch", "a=b", "--watch"}, {"watch", "c=github:o/r", "--watch"}};
    config = good();
    ASSERT_EQ(config.watches.size(), 2U);
    EXPECT_EQ(config.watches[1].name, "c");
    flags = {{"watch", "nonsense", "--watch"}};
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("--watch: watch: expected either")));
}

TEST_F(ConfigLoader, a_sink_of_which_a_part_is_missing_is_refused) {
    EXPECT_THAT(problems("[slack]\nchannel = 'C1'"),
                ElementsAre(AllOf(HasSubstr("not set: slack.token: slack.channel needs it"),
                                  HasSubstr("set RADAR_SLACK_TOKEN"))));
    EXPECT_THAT(problems("[notion]\ndata_source = 'a'"),
                ElementsAre(HasSubstr("notion.token: notion.data_source needs it")));
    EXPECT_THAT(problems("[gmail]\nfrom = 'a@b.c'"),
                ElementsAre(HasSubstr("gmail.to:"), HasSubstr("gmail.client_id:"),
                            HasSubstr("gmail.client_secret:"), HasSubstr("gmail.refresh_token:")));
    environment = {{"RADAR_GMAIL_REFRESH_TOKEN", "x"}, {"RADAR_SLACK_TOKEN", "x"}};
    EXPECT_THAT(problems("[gmail]\nfrom='a@b.c'\nto=['a@b.c']\nservice_account_file='k'"),
                ElementsAre(HasSubstr("not both")));
    EXPECT_THAT(load().notes, ElementsAre(HasSubstr("slack.token is set and not used"),
                                          HasSubstr("gmail.refresh_token is set and not used")));
    for (const auto* address : {"a", "a@", "@b", "a@b@c", "a b@c", "a@b,c@d", "<a@b>"}) {
        EXPECT_THAT(problems(fmt::format("[gmail]\nfrom = '{}  '", address)),
                    Contains(HasSubstr("expected one mail address")))
            << address;
    }
}

TEST_F(ConfigLoader, the_gap_fillers_hook_is_where_githubs_token_may_go) {
    environment = {{"RADAR_GITHUB_TOKEN", "ghp"}, {"RADAR_GITHUB_WEBHOOK_SECRET", "s"}};
    EXPECT_THAT(problems("[github]\nhook = 'https://evil.example.org/repos/o/r/hooks/1'"),
                ElementsAre(HasSubstr("the token would go there")));
    EXPECT_THAT(problems("[github]\nhook = 'https://api.github.com/user'"),
                ElementsAre(HasSubstr("the address of one webhook")));
    environment.clear();
    EXPECT_THAT(problems("[github]\nhook = 'https://api.github.com/repos/o/r/hooks/1'"),
                ElementsAre(HasSubstr("github.token:"), HasSubstr("webhooks.github:")));
}

TEST_F(ConfigLoader, a_token_does_not_go_to_another_machine_in_the_clear) {
    environment = {{"RADAR_GITHUB_TOKEN", "ghp"}};
    constexpr std::string_view text = "[urls]\ngithub = 'http://github.example.org'";
    EXPECT_THAT(problems(text), ElementsAre(HasSubstr("in the clear")));
    EXPECT_TRUE(load("simulated = true\n" + std::string(text)).config);
    EXPECT_TRUE(load("[urls]\ngithub = 'http://127.0.0.1:4010/github'").config);
    EXPECT_THAT(problems("[urls]\ngithub = 'http://127.example.org'"),
                ElementsAre(HasSubstr("in the clear")));
    environment.clear();
    EXPECT_TRUE(load(text).config);
}

TEST_F(ConfigLoader, googles_tokens_come_from_the_sandbox_where_its_api_does) {
    environment["APILAB_GOOGLE_URL"] = "http://127.0.0.1:4010/google";
    EXPECT_EQ(good().urls.google_token.to_string(), "http://127.0.0.1:4010/google/token");
    environment["APILAB_GOOGLE_TOKEN_URL"] = "http://127.0.0.1:1/t";
    EXPECT_EQ(good().urls.google_token.to_string(), "http://127.0.0.1:1/t");
}

TEST_F(ConfigLoader, a_file_that_is_too_large_or_too_deep_is_refused) {
    EXPECT_THAT(problems(std::string(config_text_max + 1, '#')), ElementsAre(HasSubstr("larger")));
    EXPECT_THAT(problems("hosts = " + std::string(100'000, '[')), Contains(HasSubstr("syntax")));
    std::string many;
    for (int i = 0; i < 201; ++i) {
        many += fmt::format("[[watch]]\nname = 'n{}'\npath = 'p{}'\n", i, i);
    }
    EXPECT_THAT(problems(many), ElementsAre(HasSubstr("200 projects at most")));
}

TEST_F(ConfigLoader, values_are_listed_once_for_each_key_whatever_is_wrong) {
    const auto loaded = load("port = 'x'\n[[watch]]\nname = 'a'\npath = 'b'");
    ASSERT_EQ(loaded.values.size(), config_keys().size() + 1);
    for (std::size_t i = 0; i < config_keys().size(); ++i) {
        EXPECT_EQ(loaded.values[i].name, config_keys()[i].name);
        EXPECT_FALSE(loaded.values[i].origin.empty());
    }
    EXPECT_EQ(of(loaded, "watch.a"), "b|radar.toml:2");
    EXPECT_FALSE(loaded.config);
}

TEST_F(ConfigLoader, its_secrets_can_be_had_for_a_scrubber) {
    environment = {
        {"RADAR_SLACK_TOKEN", "xoxb"},       {"RADAR_SLACK_CHANNEL", "C1"},
        {"RADAR_NOTION_TOKEN", "ntn"},       {"RADAR_NOTION_DATA_SOURCE", "d"},
        {"RADAR_GITHUB_TOKEN", "ghp"},       {"RADAR_DASHBOARD_TOKEN", "0123456789abcdef"},
        {"RADAR_SLACK_WEBHOOK_SECRET", "s"}, {"RADAR_STORE", "postgres://u:p@h/d"}};
    std::vector<std::string> texts;
    for (const auto& secret : secrets_of(good())) {
        texts.emplace_back(secret.reveal());
    }
    EXPECT_THAT(texts, testing::UnorderedElementsAre("xoxb", "ntn", "ghp", "0123456789abcdef", "s",
                                                     "postgres://u:p@h/d"));
}

TEST(ConfigKeys, each_has_a_purpose_a_variable_and_a_default_that_can_be_read) {
    for (const auto& key : config_keys()) {
        EXPECT_FALSE(key.purpose.empty()) << key.name;
        EXPECT_FALSE(key.variables[0].empty()) << key.name;
        EXPECT_FALSE(expected(key).empty()) << key.name;
        EXPECT_FALSE(is_secret(key) && !key.fallback.empty()) << key.name;
        EXPECT_EQ(find_config_key(key.name), &key) << "two keys of one name";
    }
    EXPECT_EQ(find_config_key("nothing"), nullptr);
    EXPECT_THAT(
        variables_of(*find_config_key("webhooks.slack")),
        testing::IsSupersetOf({"RADAR_SLACK_WEBHOOK_SECRET", "RADAR_SLACK_WEBHOOK_SECRET_FILE",
                               "RADAR_SLACK_WEBHOOK_SECRET_2_FILE"}));
}

}  // namespace
}  // namespace apilab::radar
