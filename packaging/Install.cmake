# What `cmake --install` puts where, and the Debian package that CPack makes of it (`cpack -G DEB`
# in the build directory). The man page and the completions are made from the program itself.
include(GNUInstallDirs)

add_executable(byzgate_pages apps/pages_main.cpp)
target_link_libraries(byzgate_pages PRIVATE byzgate::apps)
set(PAGES ${CMAKE_BINARY_DIR}/pages)
add_custom_command(
  OUTPUT ${PAGES}/byzgate.1 ${PAGES}/byzgate.bash ${PAGES}/_byzgate ${PAGES}/byzgate.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PAGES}
  COMMAND byzgate_pages man ${PAGES}/byzgate.1
  COMMAND byzgate_pages bash ${PAGES}/byzgate.bash
  COMMAND byzgate_pages zsh ${PAGES}/_byzgate
  COMMAND byzgate_pages fish ${PAGES}/byzgate.fish
  DEPENDS byzgate_pages)
add_custom_target(byzgate_installed_pages DEPENDS ${PAGES}/byzgate.1)
# Whoever builds the program can install it.
add_dependencies(byzgate byzgate_installed_pages)

set(HERE ${CMAKE_CURRENT_LIST_DIR})
install(TARGETS byzgate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PAGES}/byzgate.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PAGES}/byzgate.bash RENAME byzgate
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PAGES}/_byzgate DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${PAGES}/byzgate.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY config/scenarios config/sample
        DESTINATION ${CMAKE_INSTALL_DATADIR}/byzgate)
install(FILES config/inventory.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/byzgate)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${HERE}/grafana/byzgate.json ${HERE}/prometheus/alerts.yml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/byzgate/monitoring)
# Where systemd looks, whatever the prefix of the rest is called.
install(FILES ${HERE}/systemd/byzgate@.service DESTINATION lib/systemd/system)
install(FILES ${HERE}/systemd/byzgate.sysusers DESTINATION lib/sysusers.d RENAME byzgate.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME byzgate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The byzgate developers <byzgate@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, prometheus")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "gate for confidential data that survives lying servers")
set(CPACK_PACKAGE_DESCRIPTION
    "Servers that hold a database say of each record whether it is public or
confidential. Servers without the database check one another, and a gate lets
a record out only when enough of them agree that it is public. Any of them may
lie. The command plays, simulates and checks such clusters, and runs them.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${HERE}/debian/postinst ${HERE}/debian/prerm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
