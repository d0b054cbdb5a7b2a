// A receiver of GitHub's webhooks behind our server, with SQLite (WAL, FULL) in a folder of its
// own. Serves until SIGTERM.
//
//     webhook_server FOLDER SECRET BATCH_MAX PORT

#include <cstdio>
#include <cstdlib>
#include <string>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace {

using namespace apilab;

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "webhook_server FOLDER SECRET BATCH_MAX PORT\n");
        return 2;
    }
    runtime::RealScheduler scheduler;
    auto store = work::SqliteStore::open(std::string(argv[1]) + "/work.db");
    if (!store) {
        return complain(store.error());
    }
    work::StoreWriter writer(
        scheduler, **store,
        {.batch_max = static_cast<std::size_t>(std::strtoul(argv[3], nullptr, 10))});
    auto receiver = work::WebhookReceiver::create(
        scheduler, writer,
        {{.path = "/webhooks", .sender = "github", .secrets = {Secret(std::string(argv[2]))}}});
    if (!receiver) {
        return complain(receiver.error());
    }
    server::Server server(scheduler, **receiver,
                          {.port = static_cast<std::uint16_t>(std::strtoul(argv[4], nullptr, 10))});
    if (const auto listening = server.listen(); !listening) {
        return complain(listening.error());
    }
    scheduler.run();
    return 0;
}
