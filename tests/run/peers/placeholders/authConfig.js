require('dotenv').config()

// As in Microsoft's sample: nobody has filled anything in, and the environment is asked first.
const msalConfig = {
  auth: {
    clientId: process.env.CLIENT_ID || 'Enter_the_Application_Id_Here',
    authority: process.env.AUTHORITY || 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/',
    clientSecret: process.env.CLIENT_SECRET || 'Enter_the_Client_Secret_Here',
  },
}

const protectedResources = {
  apiToDoList: {
    endpoint: process.env.API_ENDPOINT || 'https://localhost:44351/api/todolist',
    scopes: [process.env.SCOPES || 'api://Enter_the_Web_Api_Application_Id_Here'],
  },
}

module.exports = { msalConfig, protectedResources }
