"""`python -m deploy.broker SITE`: prints the access list of a site's broker."""

import argparse

from deploy.broker.files import access_list

parser = argparse.ArgumentParser(prog="python -m deploy.broker", description=__doc__)
parser.add_argument("site", help="the site's id, as in the settings of the controller and the nodes")
print(access_list(parser.parse_args().site), end="")
