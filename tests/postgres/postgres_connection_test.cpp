// How the store opens, what it tells, and what its errors mean.

#include <gmock/gmock.h>

#include "postgres_test.hpp"

namespace apilab::work::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::Not;

class PostgresConnection : public PostgresTest {
protected:
    [[nodiscard]] static Error refused(const std::string& url, PostgresStoreOptions options = {}) {
        auto store = PostgresStore::open(Secret(url), std::move(options));
        EXPECT_FALSE(store);
        return store ? Error(ErrorKind::internal, "it opened") : store.error();
    }
    // From now on every event that comes makes the database say this.
    void say_at_each_event(const std::string& code) const {
        (void)ask(
            "CREATE OR REPLACE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM nextval('said'); RAISE EXCEPTION 'said' USING ERRCODE = '" +
            code +
            "'; END $$; CREATE SEQUENCE IF NOT EXISTS said; "
            "CREATE OR REPLACE TRIGGER say BEFORE INSERT ON event EXECUTE FUNCTION say()");
    }
};

TEST_F(PostgresConnection, an_url_that_is_none_is_refused_without_being_repeated) {
    for (const std::string url :
         {"mysql://keeper:hush-hush@example/db", "postgres://keeper:hush-hush@/db?hush-hush=1",
          "postgres://keeper:hush-hush%00@/db", "postgres://keeper:hush-hush%zz@/db", ""}) {
        const Error error = refused(url);
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << url;
        EXPECT_EQ(error.detail(), "url");
        EXPECT_THAT(error.to_string() + error.remedy(), Not(HasSubstr("hush-hush")));
        EXPECT_THAT(error.to_string() + error.remedy(), Not(HasSubstr("keeper")));
    }
}

TEST_F(PostgresConnection, errors_hold_neither_host_nor_user_nor_password) {
    const std::string folder = server().socket_folder().string();
    for (const std::string& url :
         {std::string("postgres://keeper-of-it:hush-hush@/secret-db?host=/no/such-folder"),
          std::string("postgres://keeper-of-it:hush-hush@127.0.0.1:1/secret-db"),
          // What a name resolves to does not stand in the URL.
          std::string("postgres://keeper-of-it:hush-hush@localhost:1/secret-db"),
          "postgres://keeper-of-it:hush-hush@/secret-db?host=" + folder,
          "postgres://postgres:hush-hush@/secret-db?host=" + folder}) {
        const Error error = refused(url);
        EXPECT_EQ(error.kind(), ErrorKind::io);
        EXPECT_EQ(error.detail(), "lost");
        for (const std::string part :
             {"keeper-of-it", "hush-hush", "secret-db", "such-folder", "127.0.0.1", "::1"}) {
            EXPECT_THAT(error.to_string(), Not(HasSubstr(part)));
        }
        EXPECT_THAT(error.to_string(), Not(HasSubstr(folder)));
    }
}

TEST_F(PostgresConnection, what_is_wrong_is_told_all_the_same) {
    const Error error =
        refused(std::string(PostgresServer::url(server().socket_folder(), "hush-hush").reveal()));
    EXPECT_THAT(error.to_string(), HasSubstr("password authentication failed"));
}

TEST_F(PostgresConnection, options_have_their_ranges) {
    const auto field = [](PostgresStoreOptions options) {
        const Error error = refused("postgres://x@/x", std::move(options));
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
        return error.detail();
    };
    EXPECT_EQ(field({.schema = "a; DROP SCHEMA public"}), "schema");
    EXPECT_EQ(field({.schema = ""}), "schema");
    EXPECT_EQ(field({.schema = "1st"}), "schema");
    EXPECT_EQ(field({.schema = "pg_catalog"}), "schema");
    EXPECT_EQ(field({.connect_timeout = milliseconds(1)}), "connect_timeout");
    EXPECT_EQ(field({.statement_timeout = milliseconds(1)}), "statement_timeout");
    EXPECT_EQ(field({.lock_timeout = milliseconds(1)}), "lock_timeout");
    EXPECT_EQ(field({.idle_timeout = milliseconds(1)}), "idle_timeout");
    EXPECT_EQ(field({.limits = {.body_max = 0}}), "body_max");
}

TEST_F(PostgresConnection, of_many_that_start_at_once_one_makes_the_schema) {
    in_threads(8, [&](int /*number*/) { EXPECT_NE(open(), nullptr); });
    EXPECT_EQ(ask("SELECT string_agg(version::text, ' ' ORDER BY version) FROM schema_version"),
              "1 2 3");
}

TEST_F(PostgresConnection, a_schema_that_a_newer_version_wrote_is_left_alone) {
    (void)open();
    (void)ask("INSERT INTO schema_version VALUES (99)");
    auto store = PostgresStore::open(server().url(), options());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(store.error().detail(), "schema");
    EXPECT_THAT(store.error().message(), HasSubstr("99"));
}

TEST_F(PostgresConnection, an_older_schema_is_brought_up_to_date_with_what_it_holds) {
    auto before = open();
    must(before->put(github_event("1", "x"), {.kind = "push"}, now));
    before.reset();
    (void)ask("DROP TABLE document; DELETE FROM schema_version WHERE version > 2");
    const auto store = open();
    EXPECT_EQ(must(store->put_document("item", "a", "1", 0, now)), 1);
    EXPECT_EQ(must(store->counts("")).available, 1);
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), "3");
}

TEST_F(PostgresConnection, a_role_that_may_only_write_rows_opens_what_is_there) {
    (void)open();
    (void)ask("CREATE ROLE worker LOGIN PASSWORD 'correct-horse-battery'; GRANT USAGE ON SCHEMA " +
              schema() + " TO worker; GRANT ALL ON ALL TABLES IN SCHEMA " + schema() +
              " TO worker; GRANT ALL ON ALL SEQUENCES IN SCHEMA " + schema() + " TO worker");
    std::string url(server().url().reveal());
    url.replace(url.find("postgres:correct"), 8, "worker");
    auto store = PostgresStore::open(Secret(url), options());
    ASSERT_TRUE(store) << store.error().to_string();
    must((*store)->put(github_event("1", "x"), {.kind = "push"}, now));
}

TEST_F(PostgresConnection, no_session_commits_before_the_disk_has_it) {
    // The shared server commits at once, as others' may be told to.
    (void)ask("ALTER ROLE postgres SET synchronous_commit = off");
    auto store = open();
    must(store->enqueue({.kind = "look"}, now));
    (void)ask(
        "CREATE TABLE seen (setting text); CREATE FUNCTION see() RETURNS trigger LANGUAGE "
        "plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit'));"
        " RETURN NEW; END $$; CREATE TRIGGER see BEFORE INSERT ON job FOR EACH ROW EXECUTE "
        "FUNCTION see()");
    must(store->enqueue({.kind = "look"}, now));
    EXPECT_EQ(ask("SELECT setting FROM seen"), "on");
    (void)ask("ALTER ROLE postgres RESET synchronous_commit");
}

TEST_F(PostgresConnection, what_the_database_says_has_its_meaning) {
    auto store = open();
    const auto detail = [&](const std::string& code) {
        say_at_each_event(code);
        const auto put = store->put(github_event("1", "x"), {.kind = "push"}, now);
        EXPECT_FALSE(put);
        EXPECT_EQ(put.error().kind(), ErrorKind::io);
        EXPECT_EQ(put.error().provider_code(), code);
        return put.error().detail();
    };
    EXPECT_EQ(detail("53100"), "full");
    EXPECT_EQ(detail("55P03"), "busy");
    EXPECT_EQ(detail("40001"), "busy");
    EXPECT_EQ(detail("40P01"), "busy");
    EXPECT_EQ(detail("57014"), "busy");
    EXPECT_EQ(detail("53300"), "busy");
    EXPECT_EQ(detail("XX001"), "corrupt");
    EXPECT_EQ(detail("XX002"), "corrupt");
    EXPECT_EQ(detail("42501"), "other");
}

TEST_F(PostgresConnection, a_deadlock_is_run_again_but_not_within_a_transaction) {
    auto store = open();
    say_at_each_event("40P01");
    EXPECT_FALSE(store->put(github_event("1", "x"), {.kind = "push"}, now));
    EXPECT_EQ(ask("SELECT last_value FROM said"), "4");
    must(store->begin());
    EXPECT_FALSE(store->put(github_event("1", "x"), {.kind = "push"}, now));
    must(store->commit());
    EXPECT_EQ(ask("SELECT last_value FROM said"), "5");
}

TEST_F(PostgresConnection, who_waits_too_long_for_a_row_is_told_that_it_is_busy) {
    auto one = open();
    auto other = open({.schema = schema(), .lock_timeout = milliseconds(50)});
    must(one->begin());
    must(one->put(github_event("1", "x"), {.kind = "push"}, now));
    const auto put = other->put(github_event("1", "x"), {.kind = "push"}, now);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().detail(), "busy");
    must(one->commit());
    EXPECT_EQ(must(other->put(github_event("1", "x"), {.kind = "push"}, now)).put, Put::duplicate);
}

TEST_F(PostgresConnection, a_call_that_fails_takes_back_itself_alone) {
    auto store = open();
    must(store->begin());
    must(store->enqueue({.kind = "kept"}, now));
    say_at_each_event("53100");
    EXPECT_FALSE(store->put(github_event("1", "x"), {.kind = "push"}, now));
    must(store->enqueue({.kind = "kept"}, now));
    must(store->commit());
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "2");
}

TEST_F(PostgresConnection, every_byte_of_a_body_and_a_header_comes_back) {
    auto store = open();
    std::string bytes;
    for (int c = 0; c < 256; ++c) {
        bytes += static_cast<char>(c);
    }
    Event event = github_event("1", bytes);
    event.headers = {{"x-odd", bytes}, {"x-empty", ""}};
    const auto put = must(store->put(event, {.kind = "push"}, now));
    const auto kept = must(store->event(put.event));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->event.body, bytes);
    EXPECT_EQ(kept->event.headers, event.headers);
    EXPECT_EQ(must(store->claim({}, now)).front().payload, bytes);
}

}  // namespace
}  // namespace apilab::work::tests
