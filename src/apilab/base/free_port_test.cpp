#include "apilab/base/free_port.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace apilab {
namespace {

TEST(FreePort, can_be_listened_on) {
    const auto port = free_port();
    ASSERT_NE(port, 0);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(socket, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    auto* plain = reinterpret_cast<sockaddr*>(&address);  // NOLINT: as the socket API wants it
    EXPECT_EQ(::bind(socket, plain, sizeof(address)), 0);
    EXPECT_EQ(::listen(socket, 1), 0);
    ::close(socket);
}

}  // namespace
}  // namespace apilab
